import type { ViewProps } from "./view";
import { useTitle } from "../ui/title";

export default function SessionView({ place }: ViewProps) {
    useTitle("Session");
    return <p>{place.path.join("/")}</p>;
}
