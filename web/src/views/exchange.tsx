import type { ViewProps } from "./view";
import { useTitle } from "../ui/title";

export default function ExchangeView({ place }: ViewProps) {
    useTitle("Exchange");
    return <p>{place.path.join("/")}</p>;
}
