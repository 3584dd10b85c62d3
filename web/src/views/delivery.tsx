import type { ViewProps } from "./view";
import { useTitle } from "../ui/title";

export default function DeliveryView({ place }: ViewProps) {
    useTitle("Delivery");
    return <p>{place.path.join("/")}</p>;
}
