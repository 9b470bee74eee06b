"""How many answers a second a running server gives to a client that is not ours.

    load.py ADDRESS CUSTOMERS

asks once for each customer, whose ids stand in a file line by line, with 32 calls in flight. It knows of the contract only
what reflection tells it.
"""

import asyncio
import statistics
import sys
import time

import grpc
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

IN_FLIGHT = 32
PAGE_SIZE = 20


def messages(address):
    """The request and the answer of Recommend."""
    with grpc.insecure_channel(address) as channel:
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        service = pool.FindServiceByName("outfitter.v1.RecommendationService")
        method = service.FindMethodByName("Recommend")
        return [message_factory.GetMessageClass(one) for one in (method.input_type, method.output_type)]


async def load(address, customers):
    request, answer = messages(address)
    took, short = [], 0
    waiting = iter(customers)
    async with grpc.aio.insecure_channel(address) as channel:
        recommend = channel.unary_unary(
            "/outfitter.v1.RecommendationService/Recommend",
            request_serializer=request.SerializeToString,
            response_deserializer=answer.FromString,
        )

        async def work():
            nonlocal short
            for customer in waiting:
                began = time.monotonic()
                page = await recommend(request(who={"customer_id": customer}, page_size=PAGE_SIZE))
                took.append(time.monotonic() - began)
                short += len(page.products) < PAGE_SIZE

        began = time.monotonic()
        await asyncio.gather(*[work() for _ in range(IN_FLIGHT)])
        seconds = time.monotonic() - began
    print(f"{len(took)} answers, {len(took) / seconds:.0f} a second, "
          f"median {statistics.median(took) * 1e3:.0f} ms, {short} pages not full")


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        asyncio.run(load(sys.argv[1], file.read().split()))
