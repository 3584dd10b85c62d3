import type { ViewProps } from "./view";
import { useTitle } from "../ui/title";

export default function SessionsView({ place }: ViewProps) {
    useTitle("Sessions");
    return <p>{place.path.join("/")}</p>;
}
