import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { Topic, useTold } from "./topic";
import type { TurnStore } from "./turns";

/** What a reader has opened, closed and chosen in a transcript. It outlives the elements, which come and go with scrolling. */
export class Reader {
    readonly chosenChanged = new Topic();
    readonly foldsChanged = new Topic();
    private key: string | null = null;
    private readonly folds = new Map<string, boolean>();
    private readonly kinds = new Map<string, boolean>();

    constructor(
        readonly turns: TurnStore,
        /** Called with the key of a block that the reader chose. */
        private readonly onChoose: (key: string) => void,
        /** The address of a block, to be kept. */
        readonly addressOfBlock: (key: string) => string,
    ) {}

    get chosen(): string | null {
        return this.key;
    }

    /** Says which block is chosen, as the address has it. */
    setChosen(key: string | null): void {
        if (key === this.key) return;
        this.key = key;
        this.chosenChanged.tell();
    }

    choose(key: string): void {
        this.setChosen(key);
        this.onChoose(key);
    }

    /** Whether something is open: as the reader left it, else as all of its kind, else as it is at first. */
    isOpen(name: string, kind: string, first: boolean): boolean {
        return this.folds.get(name) ?? this.kinds.get(kind) ?? first;
    }

    setOpen(name: string, open: boolean): void {
        this.folds.set(name, open);
        this.foldsChanged.tell();
    }

    isKindOpen(kind: string): boolean {
        return this.kinds.get(kind) ?? false;
    }

    /** Opens or closes all of a kind, also those that come later. */
    setKindOpen(kind: string, open: boolean): void {
        this.kinds.set(kind, open);
        for (const name of [...this.folds.keys()]) if (name.startsWith(`${kind} `)) this.folds.delete(name);
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
    const name = `${kind} ${key}`;
    const open = useTold(reader.foldsChanged, () => reader.isOpen(name, kind, first));
    return [open, (wanted) => reader.setOpen(name, wanted)];
}
