"""What stands in the places of a page, beside what the shop's orders say: placements.py ADDRESS ORDERS [HOW_MANY]

ADDRESS is a server that holds a shop's history and a trained model, ORDERS the file that it was imported from (plain or gzip CSV with
the columns invoice, item_id, qty, customer_id). For products and customers drawn from it, prints how many of ten products beside a cart,
and on a product's page, are among the twenty that were most bought with the product; how many of twenty on the page also stand on the
home page; what is said first there; and which placements answer just as the home page does.

Needs grpcio and grpcio-reflection, as customer_life.py does.
"""

import collections
import csv
import gzip
import random
import sys

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

LONGEST_ORDER = 100
BEST_SELLING = 1_500
MOST_BOUGHT_WITH = 20


def read_orders(path):
    orders, customers = collections.defaultdict(set), set()
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path, encoding="utf-8")
    with opened as file:
        for row in csv.DictReader(file):
            if float(row["qty"]) > 0 and row["item_id"][:1].isdigit():
                orders[row["invoice"]].add(row["item_id"])
                if row["customer_id"]:
                    customers.add(row["customer_id"])
    return list(orders.values()), sorted(customers)


def bought_with(orders, product):
    counts = collections.Counter()
    for order in orders:
        if product in order and len(order) <= LONGEST_ORDER:
            counts.update(order - {product})
    return {other for other, _ in counts.most_common(MOST_BOUGHT_WITH)}


class Shop:
    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))
        service = pool.FindServiceByName("outfitter.v1.RecommendationService")
        self.codes = pool.FindEnumTypeByName("outfitter.v1.ReasonCode").values_by_number
        method = service.FindMethodByName("Recommend")
        self.request, self.response = map(message_factory.GetMessageClass, (method.input_type, method.output_type))
        self.call = self.channel.unary_unary(
            "/outfitter.v1.RecommendationService/Recommend",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=self.response.FromString,
        )

    def code(self, reason):
        return self.codes[reason.code].name

    def products(self, placement, who, context, size):
        ask = {"who": who, "placement": f"PLACEMENT_{placement}", "context": context, "page_size": size}
        return self.call(json_format.ParseDict(ask, self.request())).products


def main(address, path, how_many="100"):
    orders, customers = read_orders(path)
    sold = collections.Counter(product for order in orders for product in order)
    lot, count = random.Random(3), int(how_many)
    products = lot.sample([product for product, _ in sold.most_common(BEST_SELLING)], count)
    people = lot.sample(customers, count)
    shop, sums, first, same = Shop(address), collections.Counter(), collections.Counter(), collections.Counter()
    for product, person in zip(products, people):
        best, known = bought_with(orders, product), {"customer_id": person}
        cart, nobody = {"cart": [{"product_id": product}]}, {"visitor_id": f"nobody-{person}"}

        def ids(*ask):
            return [one.product_id for one in shop.products(*ask)]

        sums["cart"] += len(best & set(ids("CART", known, cart, 10)))
        sums["stranger"] += len(best & set(ids("CART", nobody, cart, 10)))
        page = ids("PRODUCT_PAGE", known, {"product_id": product}, 20)
        sums["page"] += len(best & set(page[:10]))
        home = shop.products("HOME", known, {}, 20)
        at_home = [one.product_id for one in home]
        sums["both"] += len(set(page) & set(at_home))
        first.update(shop.code(one.reasons[0]) if one.reasons else "none" for one in home)
        for placement in ("FEED", "EMAIL", "SEARCH", "CHAT", "AFTER_PURCHASE"):
            same[placement] += ids(placement, known, {}, 20) == at_home
    said = sum(first.values())
    print(f"of ten beside a cart of one product, among the {MOST_BOUGHT_WITH} most bought with it: {sums['cart'] / count:.2f}")
    print(f"  of a stranger's: {sums['stranger'] / count:.2f}")
    print(f"of ten on its page: {sums['page'] / count:.2f}; of twenty also on the home page: {sums['both'] / count:.2f}")
    print("said first on the home page:", ", ".join(f"{code} {100 * n / said:.1f} %" for code, n in first.most_common()))
    print("just as the home page:", ", ".join(f"{placement} {n} of {count}" for placement, n in same.items()))


if __name__ == "__main__":
    main(*sys.argv[1:])
