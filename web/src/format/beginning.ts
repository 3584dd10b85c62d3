/** The first `size` units of a text at most; a pair of surrogates is not taken apart. */
export function beginningOf(text: string, size: number): string {
    return text.slice(0, /[\ud800-\udbff]/.test(text[size - 1] ?? "") ? size - 1 : size);
}
