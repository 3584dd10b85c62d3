const forms = [
    ["two words", "messages with both, in any case, with or without diacritics"],
    ['"two words"', "both as a phrase"],
    ["-word", "without it"],
    ["word*", "words that begin so"],
    ["one OR other", "alternatives"],
    ["std::move, don't, a.b", "what they look like: phrases of their words"],
    ["数据库", "any part of a run of Chinese, Japanese, Korean, Thai, Lao, Khmer or Burmese"],
    ["model: provider: agent: project:", "with this name, whole; in quotes where it has spaces"],
    ["role:user", "also assistant, tool, system"],
    ["tool:Bash", "in calls of this tool or their results"],
    ["session:NAME", "of sessions whose names begin so"],
    ["since:2026-01-31 until:7d", "stored then or later; before; also 90m, 12h"],
    ["error:yes, is:fork", "results marked as errors and failed exchanges; what begins a branch"],
    ["-role:tool", "a minus before a filter means all others"],
] as const;

/** How a query is written. */
export function SearchHelp({ open }: { open: boolean }) {
    return (
        <details class="search-help" open={open}>
            <summary>How to search</summary>
            <table>
                <thead class="hidden-visually">
                    <tr>
                        <th scope="col">Written so</th>
                        <th scope="col">it finds</th>
                    </tr>
                </thead>
                <tbody>
                    {forms.map(([form, meaning]) => (
                        <tr key={form}>
                            <td>
                                <code>{form}</code>
                            </td>
                            <td>{meaning}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </details>
    );
}
