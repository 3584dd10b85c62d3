import type { Schemas } from "../../api/client";

export type Branch = Schemas["tree_branch"];
export type Thread = Schemas["tree_thread"];
export type Entry = Branch | Thread;

/** Where a row stands in the picture. Rows are named by their index. */
export interface Place {
    /** The row from which its line comes; -1: none. */
    from: number;
    /** The row before it at a lower level, whose line goes by; -1: none. */
    up: number;
    /** The last row whose line comes from here; -1: none. */
    lastChild: number;
    /** The same of branches, without the threads that calls began. */
    lastBranch: number;
    /** The row that goes on from here to the newest answer, or to the node that was asked for; -1: none. */
    currentChild: number;
    /** Branches that were drawn so far. */
    drawn: number;
    /** The how manieth branch of its fork it is, from 1; 0: there is no fork. */
    number: number;
}

/** A line that goes by a row, in the column of the row that it comes from. */
export interface Pass {
    column: number;
    /** It leads to the newest answer. */
    current: boolean;
    /** Only threads of calls follow. */
    calls: boolean;
}

/**
 * The picture of a tree whose entries come depth first: a column for each level. The last branch of a fork goes on in
 * the column of the one before it, the others stand one to the right, and so do threads that calls began.
 */
export class Lanes {
    readonly entries: Entry[] = [];
    readonly places: Place[] = [];
    /** The highest level. */
    deepest = 0;
    branches = 0;
    /** The newest row of each level above and at the end. */
    private open: number[] = [];

    add(entries: readonly Entry[]): void {
        for (const entry of entries) this.addOne(entry);
    }

    private addOne(entry: Entry): void {
        const row = this.entries.length;
        if (entry.type === "branch") ++this.branches;
        const from = this.originOf(entry);
        this.deepest = Math.max(this.deepest, entry.level);
        const place: Place = {
            from,
            up: this.below(entry.level),
            lastChild: -1,
            lastBranch: -1,
            currentChild: -1,
            drawn: 0,
            number: 0,
        };
        this.entries.push(entry);
        this.places.push(place);
        this.open.length = Math.min(this.open.length, entry.level);
        this.open[entry.level] = row;
        const origin = this.places[from];
        if (origin === undefined) return;
        origin.lastChild = row;
        if (entry.type !== "branch") return;
        origin.lastBranch = row;
        if (entry.current) origin.currentChild = row;
        const above = this.entries[from];
        ++origin.drawn;
        if (above?.type === "branch" && above.branches > 1) place.number = origin.drawn;
    }

    private originOf(entry: Entry): number {
        const before = this.entries.length - 1;
        if (entry.type === "thread") return entry.parent === null ? -1 : this.below(entry.level);
        if (this.entries[before]?.type === "thread") return before;
        if (entry.above === null) return -1;
        return entry.last ? (this.open[entry.level] ?? -1) : this.below(entry.level);
    }

    private below(level: number): number {
        for (let column = level - 1; column >= 0; --column) {
            const row = this.open[column];
            if (row !== undefined) return row;
        }
        return -1;
    }

    /** The lines that go by a row, the innermost first. */
    passesOf(row: number, more: boolean): Pass[] {
        const passes: Pass[] = [];
        for (let at = this.places[row]?.up ?? -1; at >= 0; at = this.places[at]?.up ?? -1) {
            const place = this.places[at];
            const entry = this.entries[at];
            if (place === undefined || entry === undefined) break;
            const open = more && this.isOpen(at);
            if (place.lastChild <= row && !open) continue;
            passes.push({
                column: entry.level,
                current: entry.type === "branch" && entry.current && place.currentChild > row,
                calls: place.lastBranch <= row && !open,
            });
        }
        return passes;
    }

    /** Whether branches of a row are still to be loaded. */
    isOpen(row: number): boolean {
        const entry = this.entries[row];
        return entry?.type === "branch" && entry.branches > (this.places[row]?.drawn ?? 0);
    }

    rowOf(hash: string): number {
        return this.entries.findIndex((entry) => entry.type === "branch" && entry.hash === hash);
    }
}
