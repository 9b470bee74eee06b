# Polski. Nazwy produktów stoją po dwukropku albo w cudzysłowie i nigdy się nie odmieniają.
# Żadnych form zdradzających płeć: zdania są bezosobowe albo w czasie teraźniejszym.

list-and = { $first } i { $last }
date = { $day } { $month ->
    [1] stycznia
    [2] lutego
    [3] marca
    [4] kwietnia
    [5] maja
    [6] czerwca
    [7] lipca
    [8] sierpnia
    [9] września
    [10] października
    [11] listopada
   *[12] grudnia
}
price = { $currency ->
    [PLN] { $amount } zł
    [EUR] { $amount } €
    [USD] { $amount } $
    [GBP] { $amount } £
   *[other] { $amount } { $currency }
}
named = { $more ->
    [0] { $name }
    [one] { $name } i jeszcze jedna rzecz
    [few] { $name } i jeszcze { $more } rzeczy
   *[many] { $name } i jeszcze { $more } rzeczy
}

complaint-open-1 = Przepraszamy za kłopot. Twoje zgłoszenie z { $date } wciąż jest otwarte. Połączyć Cię z konsultantem?
complaint-open-2 = Bardzo nam przykro: zgłoszenie z { $date } nadal czeka na rozwiązanie. Chcesz od razu porozmawiać z człowiekiem?
complaint-open-3 = Przykro nam, że tak wyszło. Zgłoszenie z { $date } nie jest jeszcze zamknięte. Poprosić konsultanta o kontakt z Tobą?

cart-several-sizes-1 = W koszyku masz jeden model w { $count ->
    [2] dwóch
    [3] trzech
    [4] czterech
   *[other] { $count }
} rozmiarach, { $sizes }: { $name }. Pomóc Ci dobrać rozmiar?
cart-several-sizes-2 = Ten sam model, a w koszyku rozmiary { $sizes }: { $name }. Podpowiedzieć, który będzie lepszy?
cart-several-sizes-3 = Wahasz się między rozmiarami? W koszyku są { $sizes }, model ten sam: { $name }. Wybierzemy razem?

returned-for-size-1 = { $direction ->
    [small] Rozmiar { $was } okazał się za mały? Mamy większy, { $size }
   *[large] Rozmiar { $was } okazał się za duży? Mamy mniejszy, { $size }
}: { $name }. Dodać do koszyka?
returned-for-size-2 = Jeszcze w sprawie zwrotu: ten sam model mamy też w rozmiarze { $size }: { $name }. Pokazać?
returned-for-size-3 = A może { $size } zamiast { $was }? Mamy w sprzedaży: { $name }.

back-in-size-1 = { $sized ->
    [yes] Znów w sprzedaży w rozmiarze { $size }
   *[no] Znów w sprzedaży
}: { $name }, { $price }. Dodać do koszyka?
back-in-size-2 = { $sized ->
    [yes] Dobra wiadomość! Wrócił rozmiar { $size }
   *[no] Dobra wiadomość! Znowu mamy
}: { $name }. Pokazać?
back-in-size-3 = Pamiętasz? { $name }. { $sized ->
    [yes] Rozmiar { $size } znów czeka w sklepie, cena { $price }
   *[no] Znów czeka w sklepie, cena { $price }
}. Wrzucić do koszyka?

order-arrived-1 = Zamówienie już dotarło{ $known ->
    [yes] : { named }
   *[no] {""}
}. Wszystko w porządku?
order-arrived-2 = Paczka dotarła { $date }{ $known ->
    [yes] : { named }
   *[no] {""}
}. Zakupy udane?
order-arrived-3 = Jak pierwsze wrażenia? Zamówienie jest już u Ciebie{ $known ->
    [yes] : { named }
   *[no] {""}
}.

cart-forgotten-1 = W koszyku nadal czeka: { named }. Dokończyć zamówienie?
cart-forgotten-2 = Twój koszyk jest na swoim miejscu: { named }, razem { $total }. Wracamy do zamówienia?
cart-forgotten-3 = { $count ->
    [one] W koszyku została jedna rzecz: { $name }.
    [few] W koszyku zostały { $count } rzeczy, a wśród nich: { $name }.
   *[many] W koszyku zostało { $count } rzeczy, a wśród nich: { $name }.
} Masz jakieś pytania przed zakupem?

consumable-due-1 = Kończy się zapas? { $name } – ostatni zakup był { $date }. Zamówić ponownie?
consumable-due-2 = Od ostatniego zakupu { $days ->
    [one] minął { $days } dzień
    [few] minęły { $days } dni
   *[many] minęło { $days } dni
}: { $name }. Zamówić jeszcze raz?
consumable-due-3 = Pora uzupełnić zapas? { $name }, teraz { $price }. Dodać do koszyka?

goes-with-purchase-1 = Do Twojego zakupu „{ $bought }” pasuje: { $name }. Pokazać?
goes-with-purchase-2 = Do kompletu z zakupem „{ $bought }” polecamy: { $name }, { $price }. Pokazać szczegóły?
goes-with-purchase-3 = Szukasz czegoś do kompletu? Do zakupu „{ $bought }” pasuje na przykład: { $name }.

greeting-home-1 = Dzień dobry, miło, że jesteś! Pokazać nowości?
greeting-home-2 = Witaj! Szukasz czegoś konkretnego czy wolisz się rozejrzeć?
greeting-home-3 = Cześć! Prezent, coś dla siebie, a może tylko rzut oka? Chętnie coś podpowiem.

greeting-product-1 = Dzień dobry! Oglądasz: { $name }. Opowiedzieć coś więcej?
greeting-product-2 = Witaj! { $name } – pokazać coś podobnego dla porównania?
greeting-product-3 = Cześć! Masz pytanie o szczegóły, dostawę albo zwrot? Na ekranie: { $name }.

greeting-cart-1 = Dzień dobry! To Twój koszyk. Sprawdzić coś przed zamówieniem?
greeting-cart-2 = Witaj! Masz pytanie o dostawę, płatność albo zwrot? Odpowiem od razu.
greeting-cart-3 = Cześć! Jeśli coś w koszyku budzi wątpliwości, rozmiar albo dostawa, po prostu zapytaj.

greeting-search-1 = Dzień dobry! Napisz, jaki rozmiar, kolor i cena wchodzą w grę, a poszukam.
greeting-search-2 = Witaj! Zawęzić wyniki, na przykład do rozmiaru albo ceny?
greeting-search-3 = Cześć! Jeśli trudno trafić na to właściwe, opisz to własnymi słowami.

greeting-after-purchase-1 = Dziękujemy za zakupy! Masz pytanie o dostawę albo zwrot?
greeting-after-purchase-2 = Dziękujemy! Dobrać coś do kompletu?
greeting-after-purchase-3 = Miło, że kupujesz u nas. Jeśli coś nie będzie pasować, podpowiem, jak to wymienić.

follow-up-1 = Zajrzymy jeszcze do nowości?
follow-up-2 = Szukasz czegoś na konkretną okazję?
follow-up-3 = Wolisz przeglądać według koloru, ceny czy marki?
follow-up-4 = Mogę też podpowiedzieć, jak dobrać rozmiar.
follow-up-5 = Masz pytanie o dostawę albo zwrot?
follow-up-6 = A może pomysł na prezent?
follow-up-7 = Zawęzić wybór do określonej ceny?
follow-up-8 = Jeśli wolisz rozmowę z człowiekiem, połączę Cię z konsultantem.
still-here = To moja wiadomość numer { $number } w tej rozmowie. Może wolisz porozmawiać z konsultantem?

reason-goes_with_purchase = { $known ->
    [yes] Pasuje do Twojego zakupu: { $about }
   *[no] Pasuje do Twoich zakupów
}
reason-goes_with_cart = { $known ->
    [yes] Pasuje do tego, co w koszyku: { $about }
   *[no] Pasuje do tego, co w koszyku
}
reason-goes_with_in_view = { $known ->
    [yes] Często kupowane razem z: { $about }
   *[no] Często kupowane razem z tym produktem
}
reason-like_viewed = { $known ->
    [yes] Często oglądane razem z tym, co ostatnio oglądasz: { $about }
   *[no] Często oglądane razem z tym, co ostatnio oglądasz
}
reason-like_in_view = { $known ->
    [yes] Często oglądane razem z: { $about }
   *[no] Często oglądane razem z tym produktem
}
reason-favourite_brand = { $known ->
    [yes] Marka, którą lubisz: { $about }
   *[no] Marka, którą lubisz
}
reason-favourite_category = { $known ->
    [yes] Z kategorii, którą lubisz: { $about }
   *[no] Z kategorii, którą lubisz
}
reason-popular_in_segment = Popularne wśród osób o podobnym guście
reason-popular = Teraz popularne
reason-new_arrival = Nowość w sklepie
reason-due_again = { $known ->
    [yes] Pora uzupełnić zapas: { $about }
   *[no] Pora uzupełnić zapas
}
reason-runs_small = { $known ->
    [yes] Wypada mniejsze niż zwykle: wybierz { $about }
   *[no] Wypada mniejsze niż zwykle
}
reason-runs_large = { $known ->
    [yes] Wypada większe niż zwykle: wybierz { $about }
   *[no] Wypada większe niż zwykle
}

reply-talk_to_human = Połącz z konsultantem
reply-help_with_size = Pomóż dobrać rozmiar
reply-show_cart = Pokaż koszyk
reply-finish_order = Dokończ zamówienie
reply-add_to_cart = Dodaj do koszyka
reply-show_product = Pokaż
reply-show_similar = Pokaż podobne
reply-show_matching = Pokaż, co pasuje
reply-show_new = Nowości
reply-show_gifts = Pomysły na prezent
reply-narrow_results = Zawęź wyniki
reply-all_good = Wszystko w porządku
reply-something_wrong = Coś jest nie tak
reply-start_return = Zwrot lub wymiana
reply-other_size = Wybierz inny rozmiar
reply-reorder = Zamów ponownie
reply-remind_later = Przypomnij później
reply-delivery_and_returns = Dostawa i zwroty
reply-ask_question = Mam pytanie
reply-call_me = Proszę o kontakt
reply-complaint_status = Status zgłoszenia
reply-just_looking = Tylko się rozglądam
reply-not_now = Nie teraz
