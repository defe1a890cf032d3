"""What a consumer commits, whatever order its handlers end in."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from backline.kit.messaging.watermark import Watermark


@given(
    offsets=st.lists(st.integers(0, 1000), unique=True, min_size=1).map(sorted),
    order=st.randoms(use_true_random=False),
)
def test_the_watermark_never_passes_what_is_not_done(offsets, order):
    """Offsets may have gaps: brokers with compaction or transactions leave some."""
    watermark = Watermark()
    for offset in offsets:
        watermark.begin(offset)
    ending = list(offsets)
    order.shuffle(ending)
    done = defaultdict(bool)

    for offset in ending:
        watermark.finish(offset)
        done[offset] = True
        first_open = next((one for one in offsets if not done[one]), None)
        below = [one for one in offsets if first_open is None or one < first_open]
        assert watermark.at == (below[-1] + 1 if below else None)

    assert not watermark.fetched
    assert not watermark.done
