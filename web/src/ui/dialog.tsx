import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

export interface DialogProps {
    title: string;
    onClose: () => void;
    children: ComponentChildren;
    /** Of the dialog's element. */
    class?: string;
    /** Without a line that shows the title; screen readers still hear it. */
    bare?: boolean;
}

/**
 * A modal dialog, there as long as the component is. The browser keeps the focus in it, and gives it back where it was
 * before. Escape, and a click beside it, close it.
 */
export function Dialog({ title, onClose, children, class: name = "", bare = false }: DialogProps) {
    const box = useRef<HTMLDialogElement>(null);
    const heading = useId();
    useLayoutEffect(() => {
        const dialog = box.current;
        if (!dialog) return;
        const before = document.activeElement;
        dialog.showModal();
        return () => {
            dialog.close();
            if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
        };
    }, []);
    return (
        <dialog
            ref={box}
            class={`dialog ${name}`}
            aria-labelledby={heading}
            onCancel={(event) => {
                event.preventDefault();
                onClose();
            }}
            onClick={(event) => {
                if (event.target === box.current) onClose();
            }}
        >
            <div class="dialog-content">
                <div class={bare ? "hidden-visually" : "dialog-head"}>
                    <h2 id={heading}>{title}</h2>
                    {!bare && (
                        <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
                            ✕
                        </button>
                    )}
                </div>
                {children}
            </div>
        </dialog>
    );
}
