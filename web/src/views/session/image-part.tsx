import { useState } from "preact/hooks";
import { bytes } from "../../format/figures";
import { visibleLine } from "../../format/visible";
import { blockAddress } from "./long-text";
import type { Block } from "./source";

/** Those that the server shows; any other one is a file to keep. */
const shownTypes = /^image\/(png|jpeg|gif|webp)$/i;

/** An image of the record, small at first. One that stands elsewhere is not loaded: its address is shown. */
export function ImagePart({ block, node }: { block: Block; node: string | number }) {
    const [full, setFull] = useState(false);
    const [failed, setFailed] = useState(false);
    const size = block.image_bytes ?? 0;
    const type = visibleLine(block.media_type ?? "unknown type");
    if (size === 0) {
        return (
            <p class="picture-address">
                [image]{" "}
                <span class="mono">{block.text === "" ? "without data" : visibleLine(block.text.slice(0, 2000))}</span>
            </p>
        );
    }
    const address = blockAddress(node, block.place);
    const words = `Image, ${type}, ${bytes(size)}`;
    return (
        <figure class="picture">
            {shownTypes.test(block.media_type ?? "") && !failed && (
                <button
                    type="button"
                    class={`quiet picture-button${full ? " picture-full" : ""}`}
                    aria-expanded={full}
                    aria-label={`${words}. ${full ? "Show it small" : "Show it in full"}`}
                    onClick={() => setFull(!full)}
                >
                    <img src={address} alt={words} loading="lazy" decoding="async" onError={() => setFailed(true)} />
                </button>
            )}
            <figcaption class="muted">
                {words}{" "}
                <a href={address} download>
                    Download
                </a>
            </figcaption>
        </figure>
    );
}
