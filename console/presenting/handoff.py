"""The handoff packet as rows to read, and what checks have against a reply (R-E2, R-F2)."""

from typing import TYPE_CHECKING, Final

from agent_core.contract.handing import HandoffPacket, PacketBullet, PacketKind
from console import words
from console.presenting.clock import moment
from console.state.app_state import AppState, Doubted
from console.state.selectors import packet_is_wanted
from console.widgets.composer import Doubts
from console.widgets.packet_card import PacketProps, PacketRow

if TYPE_CHECKING:
    from console.theme.tokens import Tone

_LOOKS: Final[dict[PacketKind, tuple[str, "Tone | None"]]] = {
    "customer": ("user", None),
    "issue": ("message-circle", None),
    "reason": ("hand", "warn"),
    "tried": ("search", None),
    "done": ("check", "ok"),
    "pending": ("hourglass", "warn"),
    "knowledge": ("book-open", None),
    "next": ("arrow-right", "accent"),
    "tone": ("gauge", None),
}


def packet_props(state: AppState) -> PacketProps:
    """The packet of the open conversation; nothing where no person is wanted."""
    packet = state.packet
    if packet is None or not packet_is_wanted(state) or packet.conversation != state.wanted:
        return PacketProps(())
    return PacketProps(_rows(packet), words.packet_size(packet.words))


def _rows(packet: HandoffPacket) -> tuple[PacketRow, ...]:
    rows: list[PacketRow] = []
    for bullet in packet.bullets:
        icon, tone = _LOOKS[bullet.kind]
        label = words.PACKET_KINDS[bullet.kind]
        said = _begun(_in_own_time(bullet).removeprefix(bullet.head))
        if rows and rows[-1].label == label:
            label = ""
        rows.append(PacketRow(icon, label, said, bullet.quoted, tone))
    return tuple(rows)


def _in_own_time(bullet: PacketBullet) -> str:
    """The words with the moments that they name in this machine's time."""
    said = bullet.text
    for one in bullet.moments:
        said = said.replace(one.said, moment(one.at), 1)
    return said


def _begun(said: str) -> str:
    """Words whose beginning was left out, as a beginning."""
    said = said.strip()
    return f"{said[:1].upper()}{said[1:]}"


def doubts(doubted: Doubted | None) -> Doubts | None:
    """What checks have against words in the field."""
    if doubted is None:
        return None
    begins = doubted.text.find(doubted.clean)
    places = [place for one in doubted.warnings for place in one.places] if begins >= 0 else []
    return Doubts(
        doubted.text,
        words.doubted(len(doubted.warnings)),
        tuple(dict.fromkeys(one.sentence for one in doubted.warnings)),
        tuple((start + begins, end + begins) for start, end in places),
    )
