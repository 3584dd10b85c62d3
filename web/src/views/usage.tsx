import type { ViewProps } from "./view";
import { useTitle } from "../ui/title";

export default function UsageView({ place }: ViewProps) {
    useTitle("Usage");
    return <p>{place.path.join("/")}</p>;
}
