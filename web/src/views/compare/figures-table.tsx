import type { ComponentChildren } from "preact";
import { count } from "../../format/figures";
import { useParameter } from "../../route";

export interface Figure {
    name: string;
    left: ComponentChildren;
    right: ComponentChildren;
    /** Whether both say the same. */
    same: boolean;
}

/** A figure that is compared as it is shown. */
export function figure(name: string, left: string, right: string): Figure {
    return { name, left, right, same: left === right };
}

/** Figures of both sides; what differs is bold and has a sign. */
export function FiguresTable({ caption, figures }: { caption: string; figures: readonly Figure[] }) {
    return (
        <table class="figures-table">
            <caption class="hidden-visually">{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">
                        <span class="hidden-visually">Figure</span>
                    </th>
                    <th scope="col">Left</th>
                    <th scope="col">Right</th>
                </tr>
            </thead>
            <tbody>
                {figures.map(({ name, left, right, same }) => (
                    <tr key={name} class={same ? "same" : "differs"}>
                        <th scope="row">
                            {!same && (
                                <>
                                    <span aria-hidden="true">≠ </span>
                                    <span class="hidden-visually">differs: </span>
                                </>
                            )}
                            {name}
                        </th>
                        <td>{left}</td>
                        <td>{right}</td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

/** Figures of which those that are the same are shown on request. */
export function DifferingFigures({ figures }: { figures: readonly Figure[] }) {
    const [shown, setShown] = useParameter("figures");
    const all = shown === "all";
    const same = figures.filter((one) => one.same).length;
    return (
        <>
            <h2>Figures</h2>
            {same < figures.length || all ? (
                <FiguresTable caption="Figures" figures={all ? figures : figures.filter((one) => !one.same)} />
            ) : null}
            {same > 0 && (
                <p class="figures-more">
                    <button type="button" aria-expanded={all} onClick={() => setShown(all ? null : "all")}>
                        {all
                            ? "Only figures that differ"
                            : `= ${count(same)} ${same === 1 ? "figure is" : "figures are"} the same`}
                    </button>
                </p>
            )}
        </>
    );
}

/** What stands on the left and what on the right. */
export function Sides({ left, right }: { left: ComponentChildren; right: ComponentChildren }) {
    return (
        <div class="comparison-sides">
            <div>
                <b class="bad">− left</b> {left}
            </div>
            <div>
                <b class="good">+ right</b> {right}
            </div>
        </div>
    );
}
