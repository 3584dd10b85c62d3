import { useState } from "preact/hooks";
import { activeKeys, characterKeys, keyNames, setCharacterKeys, type Group, type Key } from "./keys";
import { Dialog } from "./dialog";

export function KeyName({ keys }: { keys: string }) {
    return (
        <span class="key-name">
            {keyNames(keys).map((name, at) => (
                <>
                    {at > 0 && " "}
                    <kbd key={at}>{name}</kbd>
                </>
            ))}
        </span>
    );
}

/** What is declared in several places under one title is one list, the view that is shown first. */
function byTitle(groups: readonly Group[]): Map<string, Key[]> {
    const lists = new Map<string, Key[]>();
    for (const group of [...groups].reverse()) {
        lists.set(group.title, [...(lists.get(group.title) ?? []), ...group.keys]);
    }
    return lists;
}

/** The same action by several keys is one line. */
function byText(keys: Key[]): Map<string, string[]> {
    const lines = new Map<string, string[]>();
    for (const key of keys) lines.set(key.text, [...new Set([...(lines.get(key.text) ?? []), key.keys])]);
    return lines;
}

/** The keyboard help: the keys that work in the view that is shown. */
export function KeyHelp({ onClose }: { onClose: () => void }) {
    const [on, setOn] = useState(characterKeys);
    return (
        <Dialog title="Keyboard" onClose={onClose} class="key-help">
            <div class="key-lists" tabIndex={0} role="region" aria-label="Keys">
                {[...byTitle(activeKeys())].map(([title, keys]) => (
                    <section key={title}>
                        <h3>{title}</h3>
                        <dl>
                            {[...byText(keys)].map(([text, names]) => (
                                <div key={text}>
                                    <dt>
                                        {names.map((name, at) => (
                                            <>
                                                {at > 0 && " or "}
                                                <KeyName key={name} keys={name} />
                                            </>
                                        ))}
                                    </dt>
                                    <dd>{text}</dd>
                                </div>
                            ))}
                        </dl>
                    </section>
                ))}
            </div>
            <label class="key-switch">
                <input
                    type="checkbox"
                    checked={on}
                    onChange={(event) => {
                        setCharacterKeys(event.currentTarget.checked);
                        setOn(event.currentTarget.checked);
                    }}
                />{" "}
                Keys of one character work (in this browser)
            </label>
        </Dialog>
    );
}
