import type { Lanes } from "./lanes";

/** How wide the picture may become, in pixels; deeper trees have narrower columns, and at last share one. */
const most = { wide: 256, narrow: 96 };
const widestColumn = 16;
const narrowestColumn = 4;

export interface Columns {
    /** Of one column, in pixels. */
    width: number;
    count: number;
}

export function columnsOf(lanes: Lanes, narrow: boolean): Columns {
    const room = narrow ? most.narrow : most.wide;
    const width = Math.max(narrowestColumn, Math.min(widestColumn, room / (lanes.deepest + 1)));
    return { width, count: Math.min(lanes.deepest + 1, Math.floor(room / width)) };
}

export interface PictureProps {
    lanes: Lanes;
    row: number;
    columns: Columns;
    /** In pixels. */
    height: number;
    more: boolean;
    chosen: boolean;
}

/** One row of the picture: the lines that go by, the one that comes in, and the sign of the row. */
export function Picture({ lanes, row, columns, height, more, chosen }: PictureProps) {
    const entry = lanes.entries[row];
    const place = lanes.places[row];
    if (entry === undefined || place === undefined) return null;
    const x = (level: number) => (Math.min(level, columns.count - 1) + 0.5) * columns.width;
    const width = Math.max(widestColumn, columns.count * columns.width);
    const own = x(entry.level);
    const middle = height / 2;
    const from = lanes.entries[place.from];
    const current = entry.type === "branch" && entry.current;
    const goesOn = place.lastChild >= 0 || (more && lanes.isOpen(row));
    return (
        <svg class="lanes" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            {lanes.passesOf(row, more).map((pass) => (
                <path
                    key={pass.column}
                    class={lineClass(pass.current, pass.calls)}
                    d={`M${x(pass.column)} 0V${height}`}
                />
            ))}
            {from && (
                <path class={lineClass(current, entry.type === "thread")} d={incoming(x(from.level), own, middle)} />
            )}
            {goesOn && (
                <path
                    class={lineClass(place.currentChild >= 0, place.lastBranch < 0 && !lanes.isOpen(row))}
                    d={`M${own} ${middle}V${height}`}
                />
            )}
            {chosen && <circle class="lane-chosen" cx={own} cy={middle} r={8} />}
            {entry.type === "thread" ? (
                <rect
                    class={`lane-thread lane-${entry.kind}`}
                    x={own - 5}
                    y={middle - 5}
                    width={10}
                    height={10}
                    rx={2}
                />
            ) : (
                <circle class={current ? "lane-dot lane-current" : "lane-dot"} cx={own} cy={middle} r={5} />
            )}
        </svg>
    );
}

function lineClass(current: boolean, calls: boolean): string {
    return `lane-line${current ? " lane-current" : ""}${calls ? " lane-calls" : ""}`;
}

/** From the top of the row to its sign: straight down in its own column, else around a corner. */
function incoming(from: number, own: number, middle: number): string {
    if (from === own) return `M${own} 0V${middle}`;
    const corner = Math.min(8, own - from);
    return `M${from} 0V${middle - corner}Q${from} ${middle} ${from + corner} ${middle}H${own}`;
}
