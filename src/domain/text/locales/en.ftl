# English. Names of products stand behind a colon or in quotes and are never inflected.
# $known, $sized: yes or no. $more: things beside the named one. $name and its like are data.

list-and = { $first } and { $last }
date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
price = { $currency ->
    [GBP] £{ $amount }
    [USD] ${ $amount }
    [EUR] €{ $amount }
    [JPY] ¥{ $amount }
   *[other] { $currency } { $amount }
}
named = { $more ->
    [0] { $name }
    [one] { $name } and one more item
   *[other] { $name } and { $more } more items
}

complaint-open-1 = We are sorry about the trouble. Your complaint of { $date } is still open. Shall I put you through to a colleague?
complaint-open-2 = Your complaint of { $date } has not been resolved yet, and we apologise. Would you like to talk to a person now?
complaint-open-3 = We are sorry that this happened. Your complaint of { $date } is not closed yet. Shall I ask a colleague to contact you?

cart-several-sizes-1 = Your cart has one model in { $count ->
    [2] two
    [3] three
    [4] four
   *[other] { $count }
} sizes, { $sizes }: { $name }. Shall I help you find the right one?
cart-several-sizes-2 = Sizes { $sizes } of the same model are in your cart: { $name }. Want to check which one will fit?
cart-several-sizes-3 = Not sure about the size? Your cart has { $sizes } of one model: { $name }. Let’s find yours together.

returned-for-size-1 = { $direction ->
    [small] Was size { $was } too small? There is a larger one, { $size }
   *[large] Was size { $was } too large? There is a smaller one, { $size }
}: { $name }. Add it to your cart?
returned-for-size-2 = About your return: the same model is in stock in size { $size }: { $name }. Want to see it?
returned-for-size-3 = Shall we try { $size } instead of { $was }? In stock now: { $name }.

back-in-size-1 = { $sized ->
    [yes] Back in size { $size }
   *[no] Back in stock
}: { $name }, { $price }. Add it to your cart?
back-in-size-2 = { $sized ->
    [yes] Good news! Size { $size } is in again
   *[no] Good news! We have it again
}: { $name }. Want to see it?
back-in-size-3 = Remember this one? { $name }. { $sized ->
    [yes] Size { $size } is in stock again, at { $price }
   *[no] It is in stock again, at { $price }
}. Pop it in your cart?

order-arrived-1 = Your order has arrived{ $known ->
    [yes] : { named }
   *[no] {""}
}. Is everything as it should be?
order-arrived-2 = Your parcel arrived on { $date }{ $known ->
    [yes] : { named }
   *[no] {""}
}. Are you happy with it?
order-arrived-3 = First impressions? Your order is with you{ $known ->
    [yes] : { named }
   *[no] {""}
}.

cart-forgotten-1 = Still in your cart: { named }. Shall we finish the order?
cart-forgotten-2 = Your cart is right where you left it: { named }, { $total } in all. Pick up from here?
cart-forgotten-3 = { $count ->
    [one] One thing is waiting in your cart: { $name }.
   *[other] { $count } things are waiting in your cart, among them: { $name }.
} Any questions before you order?

consumable-due-1 = Running low? { $name }: your last order was on { $date }. Order again?
consumable-due-2 = { $days ->
    [one] One day has passed
   *[other] { $days } days have passed
} since you last bought: { $name }. Order again?
consumable-due-3 = Time to restock? { $name }, now { $price }. Add it to your cart?

goes-with-purchase-1 = This goes with your “{ $bought }”: { $name }. Want a look?
goes-with-purchase-2 = To go with “{ $bought }”: { $name }, { $price }. Shall I show you more?
goes-with-purchase-3 = Looking for something to match “{ $bought }”? For example: { $name }.

greeting-home-1 = Hello, good to see you! Shall I show you what’s new?
greeting-home-2 = Welcome! Looking for something in particular, or happy to browse?
greeting-home-3 = Hi there! A gift, something for yourself, or just a look around? I’m glad to help you choose.

greeting-product-1 = Hello! You are looking at: { $name }. Shall I tell you more?
greeting-product-2 = Welcome! { $name }: shall I show you something similar to compare?
greeting-product-3 = Hi! Any questions about the details, delivery or returns? Here we have: { $name }.

greeting-cart-1 = Hello! This is your cart. Anything to check before you order?
greeting-cart-2 = Welcome! A question about delivery, payment or returns? I can answer right away.
greeting-cart-3 = Hi! If anything in the cart leaves you unsure, the size or the delivery, just ask.

greeting-search-1 = Hello! Tell me the size, colour and price you have in mind, and I’ll look for it.
greeting-search-2 = Welcome! Shall I narrow the results, by size or price for example?
greeting-search-3 = Hi! If the right thing is hard to find, describe it in your own words.

greeting-after-purchase-1 = Thank you for your order! Any questions about delivery or returns?
greeting-after-purchase-2 = Thank you! Shall I find something to go with it?
greeting-after-purchase-3 = Thanks for shopping with us. If something does not suit you, I’ll explain how to exchange it.

follow-up-1 = Shall we have a look at what’s new?
follow-up-2 = Is it for a special occasion?
follow-up-3 = Would you rather browse by colour, price or brand?
follow-up-4 = I can also explain how to find the right size.
follow-up-5 = Do you have a question about delivery or returns?
follow-up-6 = Or perhaps an idea for a gift?
follow-up-7 = Shall I narrow it down to a price that suits you?
follow-up-8 = If you would rather talk to a person, I’ll put you through.
still-here = This is my message number { $number } in this conversation. Would a colleague be of more use to you?

reason-goes_with_purchase = { $known ->
    [yes] Goes with your purchase: { $about }
   *[no] Goes with what you bought
}
reason-goes_with_cart = { $known ->
    [yes] Goes with what is in your cart: { $about }
   *[no] Goes with what is in your cart
}
reason-goes_with_in_view = { $known ->
    [yes] Often bought together with: { $about }
   *[no] Often bought together with this one
}
reason-like_viewed = { $known ->
    [yes] Often viewed along with what you looked at: { $about }
   *[no] Often viewed along with what you looked at lately
}
reason-like_in_view = { $known ->
    [yes] Often viewed along with: { $about }
   *[no] Often viewed along with this one
}
reason-favourite_brand = { $known ->
    [yes] A brand that you like: { $about }
   *[no] A brand that you like
}
reason-favourite_category = { $known ->
    [yes] From a category that you like: { $about }
   *[no] From a category that you like
}
reason-popular_in_segment = Popular with shoppers like you
reason-popular = Popular right now
reason-new_arrival = New in the shop
reason-due_again = { $known ->
    [yes] Time to restock: { $about }
   *[no] Time to restock
}
reason-runs_small = { $known ->
    [yes] Runs small: take { $about }
   *[no] Runs small
}
reason-runs_large = { $known ->
    [yes] Runs large: take { $about }
   *[no] Runs large
}

reply-talk_to_human = Talk to a person
reply-help_with_size = Help me with the size
reply-show_cart = Show my cart
reply-finish_order = Finish the order
reply-add_to_cart = Add to cart
reply-show_product = Show it
reply-show_similar = Show similar
reply-show_matching = Show what goes with it
reply-show_new = What’s new
reply-show_gifts = Gift ideas
reply-narrow_results = Narrow the results
reply-all_good = All good
reply-something_wrong = Something is wrong
reply-start_return = Return or exchange
reply-other_size = Choose another size
reply-reorder = Order again
reply-remind_later = Remind me later
reply-delivery_and_returns = Delivery and returns
reply-ask_question = I have a question
reply-call_me = Please contact me
reply-complaint_status = Status of my complaint
reply-just_looking = Just looking
reply-not_now = Not now
