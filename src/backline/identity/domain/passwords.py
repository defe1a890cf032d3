"""What may be a password: long enough, and not among the first that anybody tries."""

import unicodedata

from backline.kit.core.errors import InvalidArgument, Violation

SHORTEST = 8
LONGEST_BYTES = 1024


class WeakPassword(InvalidArgument):
    """Too short, too long, or too easy to guess; says which."""


def password_of(text: str, *names: str) -> str:
    """The one form of a password: composed, so that every keyboard writes the same bytes.

    There are no rules of composition (ASVS 5.0 §6.2.5): length is what helps.

    Args:
        names: What it must not be: the username, the display name.

    Raises:
        WeakPassword: Says what is wrong with it.
    """
    password = composed(text)
    if len(password) < SHORTEST:
        raise _refused(
            f"A password has at least {SHORTEST} characters.", "TOO_SHORT", least=str(SHORTEST)
        )
    if len(password.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
        raise _refused(f"A password has at most {LONGEST_BYTES} bytes.", "TOO_LONG")
    plain = password.casefold()
    if plain in _COMMON or len(set(plain)) <= 2 or plain in _RUNS:  # noqa: PLR2004 - "abababab"
        raise _refused(
            "This is one of the first passwords that anybody would try. Choose another.", "EASY"
        )
    if plain in {name.casefold() for name in names if name}:
        raise _refused(
            "Your name is the first password that anybody would try. Choose another.", "OWN_NAME"
        )
    return password


def composed(text: str) -> str:
    """A password as it is hashed and compared."""
    return unicodedata.normalize("NFC", text)


def _refused(detail: str, reason: str, **bounds: str) -> WeakPassword:
    return WeakPassword(detail, violations=(Violation("#/password", detail, reason, bounds),))


_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "йцукенгшщзхъ")
_RUNS = frozenset(
    way[start : start + length]
    for row in _ROWS
    for way in (row, row[::-1])
    for start in range(len(way))
    for length in range(SHORTEST, len(way) + 1 - start)
)
_COMMON = frozenset(
    """
    password passw0rd p@ssword p@ssw0rd password1 password12 password123 password1234 password!
    password01 password1! password2 password99 passwords mypassword yourpassword newpassword
    changeme changeme1 changeme123 changeit letmein1 letmein123 letmeinnow welcome1 welcome12
    welcome123 welcome1! welcome01 iloveyou iloveyou1 iloveyou2 iloveyou! iloveu123 loveyou1
    sunshine sunshine1 princess princess1 football football1 baseball baseball1 basketball
    superman superman1 batman123 spiderman starwars starwars1 pokemon1 pokemon123 minecraft
    minecraft1 fortnite fortnite1 computer computer1 internet internet1 whatever whatever1
    trustno1 trustno11 shadow123 master123 monkey123 dragon123 michael1 jennifer jennifer1
    jessica1 charlie1 charlie123 jordan23 liverpool liverpool1 chelsea1 arsenal1 barcelona
    realmadrid juventus1 manchester butterfly chocolate chocolate1 elephant strawberry
    cheesecake pineapple snowball rainbow1 rainbow123 mustang1 corvette ferrari1 porsche1
    mercedes maverick midnight midnight1 moonlight november december september february
    january1 october1 monday123 summer2024 summer2025 summer2026 winter2024 winter2025
    winter2026 spring2024 spring2025 spring2026 autumn2025 autumn2026 summer123 winter123
    qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyui1 qwerty!@# qwe12345
    qweasdzxc qweasd123 qazwsxedc qazwsx123 1qaz2wsx 1qaz2wsx3edc zaq12wsx 1q2w3e4r 1q2w3e4r5t
    1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 asdf1234 asdfasdf asdfghjkl1 zxcvbnm1 zxcvbnm123 zxcvbnm,
    abcd1234 abc12345 abc123456 abcdefg1 a1b2c3d4 a1b2c3d4e5 a12345678 a123456789 aa123456
    aa12345678 1234abcd 12345abc 123456ab 123456abc 123456789a 12345678a 1234567a 123abc123
    123123123 12341234 12121212 12344321 123321123 11223344 1122334455 112233445566 11112222
    987654321a 55555555a 66668888 13131313 147258369 159357456 159753456 741852963 789456123
    963852741 147147147 246813579 135792468 31415926 20202020 20242024 20252025 20262026
    admin123 admin1234 admin12345 administrator adminadmin rootroot root1234 toor1234 superuser
    guest123 guestguest test1234 test12345 testtest testing1 testing123 temp1234 temporary
    default1 default123 service1 operator system123 server123 manager1 oracle123 postgres
    postgres1 database mysql123 redis123 docker123 kubernetes raspberry raspberrypi
    secret123 secret1234 topsecret supersecret login123 logmein1 access123 access14 hello123
    hello1234 hellohello helloworld goodbye1 freedom1 forever1 friends1 friendship family123
    familyfirst blessed1 jesus123 jesuschrist godisgood heaven123 angel123 angelangel babygirl
    babygirl1 babyboy1 sweetheart sweetie1 lovelove lovers123 beautiful beautiful1 handsome1
    musicmusic music123 ilovemusic rocknroll guitar123 backline backline1 backline123 jukebox1
    jukebox123 partytime karaoke1 drummer1 discjockey football123 soccer123 hockey123 tennis123
    yankees1 cowboys1 packers1 steelers lakers24 michaeljordan cristiano ronaldo7 messi123
    пароль12 пароль123 парольпароль привет123 приветпривет любовь123 йцукен123 йцукенгш
    россия123 москва123 марина123 наташа123 солнышко кристина александр
    """.split()  # noqa: RUF001, SIM905 - words, several to a line, some of them Russian
)
