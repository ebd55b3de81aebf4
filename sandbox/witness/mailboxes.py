"""IMAP and POP3: any login opens an empty mailbox, which takes every message. What is said is kept raw."""

import re

from .dialogue import Dialogue

_LITERAL = re.compile(r"\{(\d{1,12})(\+?)\}$")
_CAPABILITIES = "CAPABILITY IMAP4rev1 LITERAL+ AUTH=PLAIN"
_OPENED = ("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)", "* 0 EXISTS", "* 0 RECENT")
_IMAP = {
    "SELECT": _OPENED,
    "EXAMINE": _OPENED,
    "LIST": ('* LIST (\\HasNoChildren) "." INBOX',),
    "SEARCH": ("* SEARCH",),
    "LOGOUT": ("* BYE Logging out",),
}
_POP3 = {
    "STLS": ("+OK Begin TLS negotiation now.",),
    "CAPA": ("+OK", "CAPA", "TOP", "UIDL", "STLS", "USER", "SASL PLAIN", "."),
    "STAT": ("+OK 0 0",),
    "LIST": ("+OK 0 messages:", "."),
    "UIDL": ("+OK", "."),
    "RETR": ("-ERR There's no message 1.",),
    "TOP": ("-ERR There's no message 1.",),
    "QUIT": ("+OK Logging out.",),
}


async def serve_imap(dialogue: Dialogue) -> None:
    """Speaks IMAP (RFC 9051) until the client is done."""
    await dialogue.say(f"* OK [{_offer(dialogue)}] Dovecot (Debian) ready.")
    while (line := await dialogue.line()) is not None:
        tag, _, rest = line.partition(" ")
        verb, _, argument = rest.partition(" ")
        verb = verb.upper()
        while literal := _LITERAL.search(line):
            if not literal[2]:
                await dialogue.say("+ OK")
            await dialogue.skip(int(literal[1]))
            line = await dialogue.line() or ""
        if verb == "CAPABILITY":
            await dialogue.say(f"* {_offer(dialogue)}")
        elif verb == "IDLE" or (verb == "AUTHENTICATE" and " " not in argument):
            await dialogue.say("+ ")
            await dialogue.line()
        result = f"OK {verb.capitalize()} completed." if verb.isalpha() else "BAD Unknown command."
        await dialogue.say(*_IMAP.get(verb, ()), f"{tag} {result}")
        if verb == "STARTTLS":
            await dialogue.start_tls()
        elif verb == "LOGOUT":
            return


async def serve_pop3(dialogue: Dialogue) -> None:
    """Speaks POP3 (RFC 1939, RFC 2595) until the client is done."""
    await dialogue.say("+OK Dovecot (Debian) ready.")
    while (line := await dialogue.line()) is not None:
        verb, *arguments = line.upper().split(" ")
        if verb == "AUTH" and len(arguments) == 1:
            await dialogue.say("+ ")
            await dialogue.line()
        await dialogue.say(*_POP3.get(verb, ("+OK",)))
        if verb == "STLS":
            await dialogue.start_tls()
        elif verb == "QUIT":
            return


def _offer(dialogue: Dialogue) -> str:
    return _CAPABILITIES if dialogue.secure else f"{_CAPABILITIES} STARTTLS"
