import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { OutlineStore } from "./outline-store";
import type { Entry } from "./source";
import { Topic, useTold } from "./topic";
import type { FoundBlock, TurnStore } from "./turns";

/** What a reader has opened, closed and chosen, which outlives the elements: they come and go with scrolling. */
class ReaderState {
    readonly chosenChanged = new Topic();
    readonly foldsChanged = new Topic();
    readonly stores = new Set<TurnStore>();
    readonly folds = new Map<string, boolean>();
    readonly kinds = new Map<string, boolean>();
    chosen: string | null = null;
}

/** A transcript that is read; transcripts within it share what is chosen and opened. */
export class Reader {
    constructor(
        readonly turns: TurnStore,
        /** Called with the key of a block that the reader chose. */
        private readonly onChoose: (key: string) => void,
        /** The address of a block, to be kept. */
        readonly addressOfBlock: (key: string) => string,
        /** Of the whole transcript; a nested one has none. */
        readonly outline: OutlineStore | null,
        private readonly state = new ReaderState(),
    ) {
        state.stores.add(turns);
    }

    nested(turns: TurnStore): Reader {
        return new Reader(turns, this.onChoose, this.addressOfBlock, null, this.state);
    }

    end(): void {
        this.state.stores.delete(this.turns);
        this.turns.close();
    }

    get chosenChanged(): Topic {
        return this.state.chosenChanged;
    }

    get foldsChanged(): Topic {
        return this.state.foldsChanged;
    }

    get chosen(): string | null {
        return this.state.chosen;
    }

    /** Says which block is chosen, as the address has it. */
    setChosen(key: string | null): void {
        if (key === this.state.chosen) return;
        this.state.chosen = key;
        this.state.chosenChanged.tell();
    }

    choose(key: string): void {
        this.setChosen(key);
        this.onChoose(key);
    }

    /** A block among all that is loaded, also within nested transcripts. */
    find(key: string): FoundBlock | null {
        for (const store of this.state.stores) {
            const found = store.find(key);
            if (found) return found;
        }
        return null;
    }

    /** What is loaded, also of nested transcripts, the newest turns of each first. */
    newestFirst(): Entry[] {
        return [...this.state.stores].flatMap((store) => store.newestFirst());
    }

    /** Whether something is open: as the reader left it, else as all of its kind, else as it is at first. */
    isOpen(kind: string, key: string, first: boolean): boolean {
        return (
            this.state.folds.get(`${kind} ${key}`) ?? this.state.kinds.get(kind) ?? this.state.kinds.get("") ?? first
        );
    }

    setOpen(kind: string, key: string, open: boolean): void {
        this.state.folds.set(`${kind} ${key}`, open);
        this.foldsChanged.tell();
    }

    isKindOpen(kind: string): boolean {
        return this.state.kinds.get(kind) ?? false;
    }

    /** Opens or closes all of a kind, also those that come later. "" are all kinds; null gives them back their own state. */
    setKindOpen(kind: string, open: boolean | null): void {
        if (open === null) this.state.kinds.delete(kind);
        else this.state.kinds.set(kind, open);
        if (kind !== "")
            for (const name of [...this.state.folds.keys()])
                if (name.startsWith(`${kind} `)) this.state.folds.delete(name);
        this.foldsChanged.tell();
    }
}

export const ReaderContext = createContext<Reader | null>(null);

export function useReader(): Reader {
    const reader = useContext(ReaderContext);
    if (reader === null) throw new Error("There is no reader around this part.");
    return reader;
}

export function useChosen(key: string): boolean {
    const reader = useReader();
    return useTold(reader.chosenChanged, () => reader.chosen === key);
}

/** A fold's state by its kind and name. */
export function useFold(kind: string, key: string, first: boolean): [boolean, (open: boolean) => void] {
    const reader = useReader();
    const open = useTold(reader.foldsChanged, () => reader.isOpen(kind, key, first));
    return [open, (wanted) => reader.setOpen(kind, key, wanted)];
}
