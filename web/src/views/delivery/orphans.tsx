import type { Schemas } from "../../api/client";
import { count } from "../../format/figures";
import { visibleLine } from "../../format/visible";
import { Time } from "../../ui/figures";
import { Nothing } from "../../ui/states";
import { DeliverySection, DeliveryTable } from "./table";

const headings = [{ name: "Node" }, { name: "Parent" }, { name: "From" }, { name: "Received" }, { name: "Problem" }];

/** In a collector: nodes that came before their parents. */
export function Orphans({ orphans }: { orphans: Schemas["orphans"] | null }) {
    if (orphans === null) return null;
    return (
        <DeliverySection id="orphans" title="Orphans">
            {orphans.total === 0 ? (
                <Nothing>Every node that was received has its parent in the store.</Nothing>
            ) : (
                <>
                    <p>
                        {count(orphans.total)} nodes wait for {count(orphans.missing)} parents that have not come yet.
                    </p>
                    <DeliveryTable label="Orphans" headings={headings}>
                        {orphans.orphans.map((orphan) => (
                            <tr key={orphan.id}>
                                <td>
                                    <code title={orphan.hash}>{orphan.hash.slice(0, 12)}</code>
                                </td>
                                <td>
                                    <code title={orphan.parent_hash}>{orphan.parent_hash.slice(0, 12)}</code>
                                </td>
                                <td>
                                    {visibleLine(orphan.topic)} {orphan.partition}/{orphan.offset}
                                </td>
                                <td>
                                    <Time at={orphan.received_at} />
                                </td>
                                <td>{visibleLine(orphan.problem ?? "")}</td>
                            </tr>
                        ))}
                    </DeliveryTable>
                </>
            )}
        </DeliverySection>
    );
}
