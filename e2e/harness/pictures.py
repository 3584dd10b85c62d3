"""Screenshots held against references, with a tolerance: a new Chromium draws edges of letters otherwise, not the layout."""
import io
import pathlib

from PIL import Image, ImageChops, ImageFilter

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFERENCES = ROOT / "e2e/data/screenshots"
PICTURES = ROOT / "docs/pictures"
LARGEST_PICTURE = 150_000
# How much a channel of a pixel may differ, and the share of pixels that may differ by more.
SAME, SHARE = 40, 0.02


def small(png: bytes) -> Image.Image:
    """At half the size and slightly blurred, so that the edges of letters count little."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(1))


def share_that_differs(one: Image.Image, other: Image.Image) -> float:
    if one.size != other.size:
        return 1.0
    channels = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
    counts = most.histogram()
    return sum(counts[SAME + 1:]) / (one.width * one.height)


def write(image: Image.Image, path: pathlib.Path, colours=128):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)


def assert_like_reference(name: str, png: bytes, found: pathlib.Path):
    """Fails where a screenshot is another picture than its reference; then it is in the directory `found`, beside it."""
    seen, reference = small(png), REFERENCES / f"{name}.png"
    assert reference.exists(), f"{reference} is missing: make screenshots makes it"
    differs = share_that_differs(seen, Image.open(reference).convert("RGB"))
    if differs > SHARE:
        (found / f"{name}.png").write_bytes(png)
    assert differs <= SHARE, (f"{name}: {differs:.1%} of it differ from {reference}; it is {found / name}.png. "
                              "Where that is meant, make screenshots makes the references anew: look at them")


def keep(name: str, png: bytes, public: bool):
    write(small(png), REFERENCES / f"{name}.png", 64)
    if public:
        path = PICTURES / f"{name}.png"
        for colours in (128, 64, 32, 16):
            write(Image.open(io.BytesIO(png)).convert("RGB"), path, colours)
            if path.stat().st_size <= LARGEST_PICTURE:
                break
        assert path.stat().st_size <= LARGEST_PICTURE, f"{path} has {path.stat().st_size} bytes"
