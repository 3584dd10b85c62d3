/**
 * JSON as it stands in the record (RFC 8259): members in their order, also those that come twice, and numbers with
 * all their digits, of which JSON.parse keeps neither. The text may end anywhere: what is there is told.
 */
export type JsonValue =
    | { kind: "object"; members: { name: string; value: JsonValue }[]; whole: boolean }
    | { kind: "array"; items: JsonValue[]; whole: boolean }
    | { kind: "string"; text: string; whole: boolean }
    /** A number, true, false or null, as it is written. */
    | { kind: "literal"; text: string };

export const deepest = 200;

const begunLiteral = /^(?:t|tr|tru|f|fa|fal|fals|n|nu|nul|-|-?\d+(?:\.\d*)?(?:[eE][+-]?\d*)?)$/;

class NotJson extends Error {}

class JsonReader {
    private at = 0;
    private depth = 0;

    constructor(private readonly text: string) {}

    all(): JsonValue | null {
        this.skip();
        const value = this.value();
        this.skip();
        if (this.at < this.text.length) throw new NotJson();
        return value;
    }

    private skip(): void {
        while (this.at < this.text.length && " \t\r\n".includes(this.text.charAt(this.at))) ++this.at;
    }

    private get ended(): boolean {
        return this.at >= this.text.length;
    }

    /** Null where the text ends before a value begins. */
    private value(): JsonValue | null {
        if (this.ended) return null;
        switch (this.text.charAt(this.at)) {
            case "{":
                return this.object();
            case "[":
                return this.array();
            case '"':
                return this.string();
            default:
                return this.literal();
        }
    }

    private object(): JsonValue {
        const members: { name: string; value: JsonValue }[] = [];
        const whole = this.elements("}", () => {
            if (this.text.charAt(this.at) !== '"') throw new NotJson();
            const name = this.string();
            this.skip();
            if (this.ended) return false;
            if (this.text.charAt(this.at) !== ":") throw new NotJson();
            ++this.at;
            this.skip();
            const value = this.value();
            if (value === null) return false;
            members.push({ name: name.text, value });
            return true;
        });
        return { kind: "object", members, whole };
    }

    private array(): JsonValue {
        const items: JsonValue[] = [];
        const whole = this.elements("]", () => {
            const value = this.value();
            if (value === null) return false;
            items.push(value);
            return true;
        });
        return { kind: "array", items, whole };
    }

    /** What stands between brackets; false where the text ends before the closing one. */
    private elements(close: string, one: () => boolean): boolean {
        if (++this.depth > deepest) throw new NotJson();
        ++this.at;
        this.skip();
        if (this.text.charAt(this.at) === close) {
            ++this.at;
            --this.depth;
            return true;
        }
        for (;;) {
            if (this.ended || !one()) return false;
            this.skip();
            if (this.ended) return false;
            const next = this.text.charAt(this.at++);
            if (next === close) {
                --this.depth;
                return true;
            }
            if (next !== ",") throw new NotJson();
            this.skip();
        }
    }

    private string(): JsonValue & { kind: "string" } {
        const pattern = /"[^"\\]*(?:\\.[^"\\]*)*("?)/suy;
        pattern.lastIndex = this.at;
        const match = pattern.exec(this.text);
        if (!match) throw new NotJson();
        this.at += match[0].length;
        const whole = match[1] === '"';
        // A text that ends within an escape has the rest of it nowhere.
        const source = whole ? match[0] : `${match[0].replace(/\\u[0-9a-fA-F]{0,3}$/, "")}"`;
        if (!whole) this.at = this.text.length;
        try {
            return { kind: "string", text: JSON.parse(source.replace(/[\u0000-\u001f]/g, escaped)) as string, whole };
        } catch {
            throw new NotJson();
        }
    }

    private literal(): JsonValue {
        const pattern = /[^\s,:{}[\]"]+/y;
        pattern.lastIndex = this.at;
        const text = pattern.exec(this.text)?.[0] ?? "";
        this.at += text.length;
        const known = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(text);
        if (!known && !(this.ended && begunLiteral.test(text))) throw new NotJson();
        return { kind: "literal", text };
    }
}

/** A control character within a string, which RFC 8259 §7 forbids and some programs send. */
function escaped(character: string): string {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Reads a text, or the beginning of one; null where it is no JSON, or deeper than `deepest`. */
export function readJson(text: string): JsonValue | null {
    try {
        return new JsonReader(text.replace(/^\ufeff/, "")).all();
    } catch (error) {
        if (error instanceof NotJson) return null;
        throw error;
    }
}
