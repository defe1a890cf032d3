"""Real Apache Kafka for tests and benches, from Maven Central's jars: no Docker, no installer.

Needs Linux, a JDK 17 or newer, and Maven for the first time. Every node is a combined broker and
controller (KRaft) that listens on loopback only.

    with KafkaCluster(folder, nodes=3, jars=resolve(cache)) as kafka:
        run_the_test(kafka.bootstrap)
        kafka.kill(2)            # SIGKILL
        kafka.start_node(2)      # same ports, same data
        kafka.wait_ready()

From a shell, `python -m tools.kafka up --data FOLDER --nodes 3`; the state lives in the folder,
so each command can be its own process.
"""
