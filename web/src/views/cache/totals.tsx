import type { Schemas } from "../../api/client";
import { count, dollars, percent, short } from "../../format/figures";

function Figure({ name, value, title }: { name: string; value: string; title?: string }) {
    return (
        <div title={title}>
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    );
}

/** The sums of a session. */
export function Totals({ total }: { total: Schemas["cache_total"] }) {
    const cost = total.extra_usd === null ? "–" : dollars(total.extra_usd) + (total.unpriced > 0 ? "+" : "");
    return (
        <section aria-label="Sums">
            <dl class="figures">
                <Figure
                    name="Extra cost"
                    value={cost}
                    title={
                        total.unpriced > 0
                            ? `${count(total.unpriced)} that missed have no price.`
                            : "What was missed cost so much more than from the cache."
                    }
                />
                <Figure name="Missed tokens" value={short(total.missed)} title={count(total.missed)} />
                <Figure
                    name="Of the expected"
                    value={percent(total.missed, total.expected)}
                    title={`${count(total.missed)} of ${count(total.expected)}`}
                />
                <Figure name="Read" value={short(total.read)} title={count(total.read)} />
                <Figure name="Written" value={short(total.written)} title={count(total.written)} />
                <Figure name="Exchanges" value={count(total.exchanges)} />
                <Figure name="Missed" value={count(total.miss)} />
                <Figure name="In part" value={count(total.partial)} />
                <Figure name="Hit" value={count(total.hit)} />
                <Figure
                    name="First"
                    value={count(total.first)}
                    title="No exchange came before that they could go on from."
                />
                <Figure
                    name="Nothing cached"
                    value={count(total.uncached)}
                    title="Nothing had been cached before that they could read."
                />
                <Figure
                    name="Unknown"
                    value={count(total.unknown)}
                    title="The provider does not tell, or they gave no turn."
                />
            </dl>
        </section>
    );
}
