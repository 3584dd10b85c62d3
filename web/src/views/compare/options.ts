import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { useParameter } from "../../route";
import { useNarrow } from "../../ui/window-rows";

export type Unit = "words" | "lines";
export type Form = "side" | "unified";

/** What texts are compared by. It stands in the address. */
export function useUnit(): [Unit, (unit: Unit) => void] {
    const [unit, set] = useParameter("unit");
    return [unit === "lines" ? "lines" : "words", (value) => set(value === "words" ? null : value, true)];
}

/** Whether both sides stand beside each other or in one column; a narrow window has room for one column alone. */
export function useForm(): { form: Form; narrow: boolean; setForm: (form: Form) => void } {
    const [form, set] = useParameter("form");
    const narrow = useNarrow(700);
    return {
        form: narrow || form === "unified" ? "unified" : "side",
        narrow,
        setForm: (value) => set(value === "side" ? null : value),
    };
}

export const FormContext = createContext<Form>("side");
export const useShownForm = () => useContext(FormContext);
