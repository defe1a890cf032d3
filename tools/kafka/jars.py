"""Kafka's server out of Maven Central: one folder of jars, resolved once."""

import subprocess
import tempfile
from pathlib import Path

from tools.kafka.errors import KafkaError

KAFKA_VERSION = "4.4.0"
LOG4J_VERSION = "2.25.5"  # must equal the log4j-core that this Kafka version brings in

# kafka-tools-api holds interfaces of the command line tools only. Kafka 4.4.0 names it as a
# dependency, but version 4.4.0 of it did not resolve when this was written, so it is excluded.
# Kafka brings log4j-core but no SLF4J 1.7 binding; without one the broker logs nothing.
POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local.test</groupId>
  <artifactId>kafka-nodes</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{kafka}</version>
      <exclusions>
        <exclusion>
          <groupId>org.apache.kafka</groupId>
          <artifactId>kafka-tools-api</artifactId>
        </exclusion>
      </exclusions>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>{log4j}</version>
    </dependency>
  </dependencies>
</project>
"""
COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def default_cache() -> Path:
    """Where the jars are kept between runs."""
    return Path.home() / ".cache" / "backline"


def resolve(cache: Path) -> Path:
    """Return the folder with the server's jars; Maven is asked only the first time."""
    target = cache.resolve() / f"kafka-{KAFKA_VERSION}"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".resolve-") as scratch:
        Path(scratch, "pom.xml").write_text(POM.format(kafka=KAFKA_VERSION, log4j=LOG4J_VERSION))
        command = ["mvn", "-B", "-q", COPY_GOAL]
        command += ["-DincludeScope=runtime", "-DoutputDirectory=jars"]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        if done.returncode:
            raise KafkaError(f"Maven failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
        try:
            Path(scratch, "jars").rename(target)
        except OSError:  # another process was faster
            if not target.is_dir():
                raise
    return target
