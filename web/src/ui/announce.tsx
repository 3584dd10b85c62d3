import { useEffect, useState } from "preact/hooks";

/** Fired with what is to be said, which stands in `detail`. */
const said = "tapes:announce";

/** Says in a few words what has just happened, to everybody: in a corner of the page, and to screen readers. */
export function announce(text: string): void {
    window.dispatchEvent(new CustomEvent<string>(said, { detail: text }));
}

const shownForMs = 4000;

/** Where announcements appear. The region stands there from the start, because readers only hear what changes in it. */
export function Announcer() {
    const [text, setText] = useState("");
    useEffect(() => {
        let timer = 0;
        const show = (event: Event) => {
            clearTimeout(timer);
            setText((event as CustomEvent<string>).detail);
            timer = window.setTimeout(() => setText(""), shownForMs);
        };
        window.addEventListener(said, show);
        return () => {
            clearTimeout(timer);
            window.removeEventListener(said, show);
        };
    }, []);
    return (
        <div class="announcer" role="status" aria-live="polite" aria-label="Announcements">
            {text !== "" && <span class="announcement">{text}</span>}
        </div>
    );
}
