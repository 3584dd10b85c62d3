import type { ViewProps } from "./view";
import { useTitle } from "../ui/title";

export default function SearchView({ place }: ViewProps) {
    useTitle("Search");
    return <p>{place.path.join("/")}</p>;
}
