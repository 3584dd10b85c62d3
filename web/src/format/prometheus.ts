/** A figure in Prometheus' text format. */
export interface Sample {
    labels: Record<string, string>;
    value: number;
}

/** Figures by their names. */
export type Samples = ReadonlyMap<string, Sample[]>;

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

function number(text: string): number {
    return text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
}

/** Reads the text format (prometheus.io/docs/instrumenting/exposition_formats); lines that are none are left out. */
export function readSamples(text: string): Samples {
    const all = new Map<string, Sample[]>();
    for (const one of text.split("\n")) {
        const match = one.startsWith("#") ? null : line.exec(one);
        if (!match) continue;
        const labels: Record<string, string> = {};
        for (const [, name = "", value = ""] of (match[2] ?? "").matchAll(label))
            labels[name] = value.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
        const samples = all.get(match[1] ?? "") ?? [];
        samples.push({ labels, value: number(match[3] ?? "") });
        all.set(match[1] ?? "", samples);
    }
    return all;
}

/** The first figure of a name with these labels, or null. */
export function sampleOf(samples: Samples, name: string, labels: Record<string, string> = {}): number | null {
    const found = samples
        .get(name)
        ?.find((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value));
    return found && !Number.isNaN(found.value) ? found.value : null;
}

/** The mean of a histogram, or null where it has seen nothing. */
export function meanOf(samples: Samples, name: string): number | null {
    const count = sampleOf(samples, `${name}_count`);
    const sum = sampleOf(samples, `${name}_sum`);
    return count === null || sum === null || count === 0 ? null : sum / count;
}
