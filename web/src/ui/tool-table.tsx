import { useGet } from "../api/load";
import { bytes, count, percent } from "../format/figures";
import { visibleLine } from "../format/visible";
import { addressOf } from "../route";
import { Loading, Nothing, Trouble } from "./states";

/** Where calls of a tool are found. Its name stands in front of its arguments, so it is a word to look for. */
function callsOf(tool: string, onlyErrors: boolean): string {
    const name = tool.replaceAll('"', " ");
    return addressOf(["search"], {
        query: `"${name}" tool:"${name}"${onlyErrors ? " error:yes" : ""}`,
        newest: "true",
    });
}

/** Calls, failures and sizes of tools. */
export function ToolTable({ set }: { set: Record<string, string> }) {
    const { value, problem, loading, reload } = useGet("/v1/tools", { query: set });
    if (problem) return <Trouble problem={problem} retry={reload} />;
    if (!value) return loading ? <Loading /> : null;
    if (value.tools.length === 0) return <Nothing>No tool was called.</Nothing>;
    const rows = [...value.tools].sort((left, right) => right.calls - left.calls);
    return (
        <div class="scroll-x" tabIndex={0} role="region" aria-label="Usage by tool">
            <table class="usage-table">
                <caption class="hidden-visually">Calls of tools</caption>
                <thead>
                    <tr>
                        <th scope="col">Tool</th>
                        <th scope="col" class="figure">
                            Calls
                        </th>
                        <th scope="col" class="figure">
                            Failed
                        </th>
                        <th scope="col" class="figure">
                            Arguments
                        </th>
                        <th scope="col" class="figure">
                            Results
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row) => (
                        <tr key={row.tool}>
                            <th scope="row">
                                {row.tool === "" ? (
                                    <span class="muted">results without a call</span>
                                ) : (
                                    <span class="usage-name">{visibleLine(row.tool)}</span>
                                )}
                            </th>
                            <td class="figure">
                                {row.tool === "" ? (
                                    count(row.calls)
                                ) : (
                                    <a href={callsOf(row.tool, false)}>{count(row.calls)}</a>
                                )}
                            </td>
                            <td class="figure">
                                {row.errors === 0 ? (
                                    <span class="muted">0</span>
                                ) : (
                                    <a class="bad" href={callsOf(row.tool, true)}>
                                        {count(row.errors)} ({percent(row.errors, row.calls)})
                                    </a>
                                )}
                            </td>
                            <td class="figure">{bytes(row.argument_bytes)}</td>
                            <td class="figure">{bytes(row.result_bytes)}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
            {value.more_rows > 0 && <p class="muted">{count(value.more_rows)} more tools are not shown.</p>}
        </div>
    );
}
