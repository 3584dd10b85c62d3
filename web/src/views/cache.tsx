import type { ViewProps } from "./view";
import { useTitle } from "../ui/title";

export default function CacheView({ place }: ViewProps) {
    useTitle("Cache");
    return <p>{place.path.join("/")}</p>;
}
