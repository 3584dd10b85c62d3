import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

export interface Tab {
    /** In the address. */
    name: string;
    title: string;
}

/** Tabs with their one panel, with the keys of the pattern (WAI-ARIA APG, "Tabs"). */
export function Tabs({
    tabs,
    chosen,
    onChoose,
    label,
    children,
}: {
    tabs: Tab[];
    chosen: string;
    onChoose: (name: string) => void;
    label: string;
    children: ComponentChildren;
}) {
    const list = useRef<HTMLDivElement>(null);
    const keyDown = (event: KeyboardEvent) => {
        const at = tabs.findIndex((tab) => tab.name === chosen);
        const places: Record<string, number> = {
            ArrowRight: at + 1,
            ArrowLeft: at - 1 + tabs.length,
            Home: 0,
            End: tabs.length - 1,
        };
        const place = places[event.key];
        const tab = place === undefined ? undefined : tabs[place % tabs.length];
        if (!tab) return;
        event.preventDefault();
        onChoose(tab.name);
        list.current?.querySelector<HTMLElement>(`[data-tab="${tab.name}"]`)?.focus();
    };
    return (
        <>
            <div role="tablist" aria-label={label} class="tabs" ref={list} onKeyDown={keyDown}>
                {tabs.map((tab) => (
                    <button
                        key={tab.name}
                        type="button"
                        role="tab"
                        id={`tab-${tab.name}`}
                        data-tab={tab.name}
                        aria-selected={tab.name === chosen}
                        aria-controls={`panel-${tab.name}`}
                        tabIndex={tab.name === chosen ? 0 : -1}
                        onClick={() => onChoose(tab.name)}
                    >
                        {tab.title}
                    </button>
                ))}
            </div>
            <div role="tabpanel" id={`panel-${chosen}`} aria-labelledby={`tab-${chosen}`} class="tab-panel">
                {children}
            </div>
        </>
    );
}
