import type { ViewProps } from "./view";
import { useTitle } from "../ui/title";

export default function TreeView({ place }: ViewProps) {
    useTitle("Tree");
    return <p>{place.path.join("/")}</p>;
}
