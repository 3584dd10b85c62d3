import type { Schemas } from "../../api/client";
import { placeWords } from "../../format/cache-causes";
import { splitAtByte } from "../../format/byte-offset";
import { bytes, count } from "../../format/figures";
import { visible } from "../../format/visible";

type Parting = Schemas["cache_parting"];

function Side({ place, name, kind }: { place: Parting | null; name: string; kind: "before" | "now" }) {
    return (
        <figure class={`parting parting-${kind}`} aria-label={name}>
            <figcaption>
                <strong>{name}</strong>{" "}
                {place === null ? (
                    <span class="muted">has no such part</span>
                ) : (
                    <>
                        {placeWords(place)}{" "}
                        <span class="muted">
                            {bytes(place.length)} at {count(place.offset)} of the body
                            {place.cache_control !== null && `, cache_control ${visible(place.cache_control)}`}
                        </span>
                    </>
                )}
            </figcaption>
            {place !== null && place.text !== "" && <PartingText place={place} />}
        </figure>
    );
}

function PartingText({ place }: { place: Parting }) {
    const [before, behind] = splitAtByte(place.text, place.text_at);
    const more = place.text_from + new TextEncoder().encode(place.text).length < place.text_bytes;
    return (
        <pre>
            {place.text_from > 0 && "…"}
            <span class="parting-common">{visible(before)}</span>
            <span class="parting-mark" role="img" aria-label="here they part">
                ▸
            </span>
            <mark>{visible(behind)}</mark>
            {more && "…"}
        </pre>
    );
}

/** The two requests at the place where they part. */
export function Partings({ difference }: { difference: Schemas["cache_difference"] }) {
    return (
        <section aria-label="Where the requests part">
            <p class="muted">
                {count(difference.common_parts)} parts ({bytes(difference.common_bytes)}) are the same before it.
                {difference.order_only && " Nothing but the order of keys differs."}
            </p>
            <div class="partings">
                <Side place={difference.before} name="The request before" kind="before" />
                <Side place={difference.now} name="This request" kind="now" />
            </div>
        </section>
    );
}
