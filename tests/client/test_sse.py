from hypothesis import given
from hypothesis import strategies as st

from museum_addon.client.sse import EventParser, ServerEvent, parse_events

TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=20)
ID = TEXT.filter(lambda text: not text.startswith(" "))


@st.composite
def streams(draw):
    """Events, and bytes that say them in one of the ways that the standard allows."""
    events, text, last_id = [], "", ""
    for _ in range(draw(st.integers(0, 6))):
        end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
        name, lines = draw(TEXT.filter(lambda t: not t.startswith(" "))), draw(st.lists(TEXT, min_size=1, max_size=3))
        if draw(st.booleans()):
            last_id = draw(ID)
            text += f"id: {last_id}{end}"
        if draw(st.booleans()):
            text += f": a comment{end}"
        text += f"event: {name}{end}" + "".join(f"data: {line}{end}" for line in lines) + end
        events.append(ServerEvent(last_id, name or "message", "\n".join(lines)))
    return events, text.encode()


@given(streams(), st.data())
def test_any_chunking_gives_the_same_events(stream, data):
    events, raw = stream
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    chunks = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    # A lone CR at the very end may be half of a CRLF; the next line, here a comment, settles it.
    assert list(parse_events([*chunks, b":"])) == events


@given(streams())
def test_one_byte_at_a_time_gives_the_same_events(stream):
    events, raw = stream
    assert list(parse_events(bytes([byte]) for byte in raw + b":")) == events


def test_an_event_without_data_is_passed_over_but_its_id_counts():
    assert list(parse_events([b"id: 7\n\ndata: x\n\n"])) == [ServerEvent("7", "message", "x")]


def test_a_byte_order_mark_is_ignored():
    assert list(parse_events([b"\xef\xbb", b"\xbfdata: x\n\n"])) == [ServerEvent("", "message", "x")]


def test_an_unfinished_event_is_not_given_out():
    assert list(EventParser().feed(b"data: half")) == []


def test_a_reconnected_stream_starts_with_the_id_it_left_off_at():
    assert list(parse_events([b"data: x\n\n"], "41")) == [ServerEvent("41", "message", "x")]
