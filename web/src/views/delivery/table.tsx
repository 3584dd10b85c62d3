import type { ComponentChildren } from "preact";

/** A part of the view, with its heading. */
export function DeliverySection({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
    return (
        <section aria-labelledby={id}>
            <h2 id={id}>{title}</h2>
            {children}
        </section>
    );
}

export interface Heading {
    name: string;
    figure?: boolean;
}

/** A table that scrolls by itself where it is wider than the window. `children` are its rows. */
export function DeliveryTable({
    label,
    headings,
    children,
    behind,
}: {
    label: string;
    headings: readonly Heading[];
    children: ComponentChildren;
    behind?: ComponentChildren;
}) {
    return (
        <div class="table-box" role="region" aria-label={`${label}, as a table`} tabIndex={0}>
            <table>
                <thead>
                    <tr>
                        {headings.map(({ name, figure }) => (
                            <th key={name} scope="col" class={figure ? "figure" : undefined}>
                                {name}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>{children}</tbody>
            </table>
            {behind}
        </div>
    );
}
