"""A foreign client goes through the life of a customer.

Knows nothing of the server but its address: the contract comes over gRPC reflection, the messages are made from it as it
goes. Starts and stops the real program itself, on a data folder of its own.

    python tests/foreign/customer_life.py target/debug/outfitter

Needs grpcio and grpcio-reflection. Ends with 0 where every step holds, else says in one line which one does not.
"""

import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

SECONDS_TO_START = 30
LOCALES = {"pl": "ąćęłńóśźż", "ru": "абвгдежзиклмнопрстуя", "en": "abcdefghiklmnoprstuvwy"}


class Broken(Exception):
    """A step does not hold."""


def hold(condition, what, seen=None):
    if not condition:
        raise Broken(f"{what}: {seen!r}" if seen is not None else what)


class Server:
    """The real program, from outside."""

    def __init__(self, program, data):
        # Port 0: the program says which one it took.
        command = [program, "serve", "--listen", "127.0.0.1:0", "--data", data, "--log", "warn"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().strip()
        hold(line.startswith("listening on "), "the program says where it listens", line)
        self.channel = grpc.insecure_channel(line.removeprefix("listening on "))
        self.pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))
        self.until_serving()

    def until_serving(self):
        until = time.monotonic() + SECONDS_TO_START
        status = None
        while time.monotonic() < until:
            status = self.call("grpc.health.v1.Health/Check", {}).get("status")
            if status == "SERVING":
                return
            time.sleep(0.02)
        raise Broken(f"not serving after {SECONDS_TO_START} s: {status}")

    def method(self, path):
        service, name = path.split("/")
        method = self.pool.FindServiceByName(service).methods_by_name[name]
        asked = message_factory.GetMessageClass(method.input_type)
        answered = message_factory.GetMessageClass(method.output_type)
        return asked, {"request_serializer": asked.SerializeToString, "response_deserializer": answered.FromString}

    def call(self, path, request):
        """One question, one answer, both as plain dictionaries."""
        asked, codec = self.method(path)
        answer = self.channel.unary_unary("/" + path, **codec)(json_format.ParseDict(request, asked()), timeout=10)
        return json_format.MessageToDict(answer, preserving_proto_field_name=True)

    def stream(self, path, requests):
        asked, codec = self.method(path)
        messages = (json_format.ParseDict(request, asked()) for request in requests)
        answers = self.channel.stream_stream("/" + path, **codec)(messages, timeout=10)
        return [json_format.MessageToDict(answer, preserving_proto_field_name=True) for answer in answers]

    def stop(self):
        self.channel.close()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=20)
        hold(code == 0, "the program ends in order", code)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Customer:
    """What this shop asks and tells about one customer."""

    def __init__(self, server):
        self.server = server
        self.events = 0

    def happened(self, who, **kind):
        self.events += 1
        event = {"id": f"life-{self.events}", "who": who, "time_ms": str(int(time.time() * 1000)), "channel": "CHANNEL_WEB"}
        answer = self.server.call("outfitter.v1.EventService/WriteEvents", {"events": [event | kind]})
        result = answer["results"][0]
        hold(result["status"] == "EVENT_STATUS_ACCEPTED", "the event is taken", result)
        again = self.server.call("outfitter.v1.EventService/WriteEvents", {"events": [event | kind]})
        hold(again["results"][0]["status"] == "EVENT_STATUS_DUPLICATE", "sent twice it counts once", again)

    def recommended(self, who, **more):
        request = {"who": who, "page_size": 50, "explain": True} | more
        answer = self.server.call("outfitter.v1.RecommendationService/Recommend", request)
        return {one["product_id"]: one for one in answer.get("products", [])}

    def ineligible(self, who, product):
        request = {"who": who, "product_ids": [product]}
        answer = self.server.call("outfitter.v1.RecommendationService/ScoreProducts", request)
        return answer["products"][0].get("ineligible")

    def profile(self, who):
        answer = self.server.call("outfitter.v1.ProfileService/GetProfile", {"who": who})
        for size in answer["profile"].get("known_sizes", []):
            # Evidence loses weight with every millisecond.
            size["weight"] = round(size["weight"], 3)
        return answer

    def opener(self, who, locale, conversation):
        request = {"who": who, "channel": "CHANNEL_CHAT", "locale": locale, "conversation_id": conversation}
        return self.server.call("outfitter.v1.OpenerService/GetOpener", request)


def product(number, category, sizes):
    name = f"p{number:02}"
    price = {"minor": str(9900 + 100 * number), "currency": "PLN"}
    return {
        "id": name,
        "texts": [{"locale": "pl", "title": f"Model {number}"}, {"locale": "en", "title": f"Model {number}"}],
        "brand": "Fawn" if number % 2 else "Heron",
        "category_path": category,
        "variants": [
            {"id": f"{name}-{size}", "size": size, "color": "black", "price": price, "stock": "3"} for size in sizes
        ],
    }


def products():
    boots = [product(number, ["Women", "Shoes", "Boots"], ["40", "41", "42"]) for number in range(12)]
    tops = [product(number, ["Women", "Clothing", "Tops"], ["S", "M", "L"]) for number in range(12, 24)]
    return boots + tops


def line(product_id, size, quantity=1):
    return {"product_id": product_id, "variant_id": f"{product_id}-{size}", "quantity": str(quantity)}


VISITOR = {"visitor_id": "browser-1"}
ANNA = {"customer_id": "anna"}


def load(server):
    answers = server.stream("outfitter.v1.CatalogService/UpsertProducts", [{"product": one} for one in products()])
    hold(len(answers) == 24 and all(one.get("created") for one in answers), "24 products are taken in", answers)


def anonymous(anna):
    for seen in ["p01", "p02", "p13"]:
        anna.happened(VISITOR, product_viewed={"product_id": seen})
    anna.happened(VISITOR, cart_added={"item": line("p01", "41")})
    anna.happened(VISITOR, cart_added={"item": line("p01", "42")})
    cart = anna.profile(VISITOR)["profile"]["cart"]
    hold([one["variant_id"] for one in cart] == ["p01-41", "p01-42"], "an anonymous cart is kept", cart)
    hold("p05" in anna.recommended(VISITOR), "an anonymous visitor gets an answer")


def log_in(anna):
    link = {"customer_id": "anna", "identifier": {"kind": "IDENTIFIER_KIND_VISITOR", "value": "browser-1"}}
    made = anna.server.call("outfitter.v1.ProfileService/LinkIdentifier", link | {"cause": "LINK_CAUSE_LOGIN"})
    hold(made.get("created"), "the browser becomes hers", made)
    hold(len(anna.profile(ANNA)["profile"]["cart"]) == 2, "what she did before is hers", anna.profile(ANNA))


def openers(anna):
    """Three customers in the same situation, each in her own language."""
    texts = {}
    for locale, letters in LOCALES.items():
        reader = {"customer_id": f"reader-{locale}"}
        for size in ["41", "42"]:
            anna.happened(reader, cart_added={"item": line("p03", size)})
        opener = anna.opener(reader, locale, "chat-1")
        text = texts[locale] = opener["text"]
        hold(opener["locale"] == locale, f"the opener is in {locale}", opener)
        hold(opener["situation"] == "SITUATION_CART_SEVERAL_SIZES", "it speaks of the one model in two sizes", opener)
        hold(all(part in text for part in ["41", "42", "Model 3"]), "it names the sizes and the model", text)
        hold(any(letter in text.lower() for letter in letters), f"the text is in {locale}", text)
        facts = [fact.get("variant_id") for fact in opener["facts"]]
        hold("p03-41" in facts and "p03-42" in facts, "every claim stands among the facts", opener)
        hold(opener.get("quick_replies"), "there is something to answer with", opener)
        again = anna.opener(reader, locale, "chat-1")["text"]
        hold(again != text, "one conversation never hears the same line twice", [text, again])
    hold(len(set(texts.values())) == len(LOCALES), "three languages, three texts", texts)
    return texts


def buy(anna):
    purchase = {"order_id": "o1", "items": [line("p01", "41", 2), line("p02", "41")]}
    anna.happened(ANNA, purchased=purchase)
    page = anna.recommended(ANNA)
    hold("p01" not in page and "p02" not in page, "what she bought is gone from the next answer", list(page))
    hold(len(page) >= 10, "there is still something to show", list(page))
    hold(anna.ineligible(ANNA, "p01") == "INELIGIBILITY_BOUGHT", "and the answer says why", anna.ineligible(ANNA, "p01"))


def sell_out(anna):
    def stock(size, units):
        return {"change": {"product_id": "p05", "variant_id": f"p05-{size}", "stock": str(units)}}

    hold("p05" in anna.recommended(ANNA), "p05 is offered while it is there")
    path = "outfitter.v1.CatalogService/ChangeStock"
    one_left = anna.server.stream(path, [stock("40", 0), stock("41", 0)])
    hold(all(one.get("applied") for one in one_left), "the changes are applied", one_left)
    offered = anna.recommended(ANNA).get("p05", {"variant_id": "p05-42"})
    hold(offered["variant_id"] == "p05-42", "a size that sold out is not offered", offered)
    anna.server.stream(path, [stock("42", 0)])
    hold("p05" not in anna.recommended(ANNA), "what sold out is gone from the next answer")
    hold(anna.ineligible(ANNA, "p05") == "INELIGIBILITY_SOLD_OUT", "and the answer says why")


def return_part(anna):
    anna.happened(ANNA, returned={"order_id": "o1", "items": [line("p01", "41")], "reason": "RETURN_REASON_CHANGED_MIND"})
    hold(anna.ineligible(ANNA, "p01") == "INELIGIBILITY_BOUGHT", "one of two went back: she still has one")
    owned = {one["product_id"]: one for one in anna.profile(ANNA)["profile"]["owned"]}
    hold(owned["p01"]["kept_quantity"] == "1", "the profile says so", owned)
    anna.happened(ANNA, returned={"order_id": "o1", "items": [line("p02", "41")], "reason": "RETURN_REASON_TOO_SMALL"})
    hold(anna.ineligible(ANNA, "p02") != "INELIGIBILITY_BOUGHT", "all of p02 went back: it is no longer hers")


def refusals(server):
    try:
        server.call("outfitter.v1.RecommendationService/Recommend", {"who": ANNA, "page_size": -1})
    except grpc.RpcError as error:
        hold(error.code() == grpc.StatusCode.INVALID_ARGUMENT, "a bad page size is refused", error.code())
        hold("page_size" in error.details(), "the field is named", error.details())
    else:
        raise Broken("a page size below zero was let pass")


def life(program, data):
    server = Server(program, data)
    try:
        anna = Customer(server)
        load(server)
        anonymous(anna)
        log_in(anna)
        texts = openers(anna)
        buy(anna)
        sell_out(anna)
        return_part(anna)
        refusals(server)
        before = anna.profile(ANNA)

        server.stop()
        server = Server(program, data)
        anna.server = server
        after = anna.profile(ANNA)
        hold(after == before, "everything is still there after a restart", (before, after))
        hold(anna.ineligible(ANNA, "p01") == "INELIGIBILITY_BOUGHT", "and still obeyed: bought")
        hold(anna.ineligible(ANNA, "p05") == "INELIGIBILITY_SOLD_OUT", "and still obeyed: sold out")
        hold(anna.opener(ANNA, "pl", "chat-2")["text"], "and there is something to greet her with")
        server.stop()
        return texts
    finally:
        server.kill()


def main():
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1]).is_file():
        sys.exit("usage: customer_life.py PROGRAM")
    with tempfile.TemporaryDirectory() as folder:
        try:
            texts = life(sys.argv[1], folder)
        except Broken as broken:
            sys.exit(f"customer_life: does not hold: {broken}")
        except grpc.RpcError as error:
            sys.exit(f"customer_life: a call failed: {error.code()}: {error.details()}")
    for locale, text in texts.items():
        print(f"{locale}: {text}")
    print("customer_life: every step holds")


if __name__ == "__main__":
    main()
