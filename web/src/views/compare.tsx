import type { ViewProps } from "./view";
import { useTitle } from "../ui/title";

export default function CompareView({ place }: ViewProps) {
    useTitle("Compare");
    return <p>{place.path.join("/")}</p>;
}
