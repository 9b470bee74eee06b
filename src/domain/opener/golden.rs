//! Every line of every situation in every shipped locale, for a reader to judge; and what must never stand in one.

use std::sync::Arc;

use proptest::prelude::*;

use super::{
    render::{lines, replies, text},
    situation::{Page, Words},
};
use crate::domain::{
    Id, Locale, Money, TimeZone, Timestamp,
    catalog::{Product, Text},
    text::{MAX_NAME, Texts, clean},
};

/// The 9th of November 2026.
const DAY: Timestamp = Timestamp(1_794_182_400_000);
const LOCALES: [&str; 3] = ["pl", "en", "ru"];

fn product(titles: &[(&str, &str)]) -> Arc<Product> {
    let text = |(locale, title): &(&str, &str)| Text {
        locale: locale.parse().unwrap(),
        title: (*title).into(),
        description: "".into(),
    };
    Arc::new(Product {
        id: Id::new("p1").unwrap(),
        texts: titles.iter().map(text).collect(),
        brand: "".into(),
        category_path: Vec::new(),
        garment: None,
        audience: None,
        variants: Vec::new(),
        image_uri: "".into(),
        replenish_days: None,
        available_since: DAY,
        attributes: Vec::new(),
    })
}

fn price(minor: i64, locale: &str) -> Money {
    let code = match locale {
        "pl" => "PLN",
        "ru" => "RUB",
        _ => "GBP",
    };
    Money { minor, currency: code.parse().unwrap() }
}

/// One of each, with the numbers as given.
fn all_words(name: &Arc<Product>, other: &Arc<Product>, locale: &str) -> Vec<Words> {
    let product = || Arc::clone(name);
    let size = |text: &str| -> Arc<str> { text.into() };
    let price = |minor| price(minor, locale);
    vec![
        Words::ComplaintOpen { time: DAY },
        Words::CartSeveralSizes { product: product(), sizes: vec![size("41"), size("42")] },
        Words::CartSeveralSizes { product: product(), sizes: ["S", "M", "L", "XL", "XXL"].map(size).into() },
        Words::ReturnedForSize { product: product(), size: size("42"), was: size("41"), too_small: true },
        Words::ReturnedForSize { product: product(), size: size("40"), was: size("41"), too_small: false },
        Words::BackInSize { product: product(), size: Some(size("41")), price: price(129_900) },
        Words::BackInSize { product: product(), size: None, price: price(4_950) },
        Words::OrderArrived { product: Some(product()), others: 0, time: DAY },
        Words::OrderArrived { product: Some(product()), others: 2, time: DAY },
        Words::OrderArrived { product: None, others: 0, time: DAY },
        Words::CartForgotten { product: product(), things: 1, total: Some(price(129_900)) },
        Words::CartForgotten { product: product(), things: 3, total: Some(price(123_456_750)) },
        Words::CartForgotten { product: product(), things: 6, total: None },
        Words::ConsumableDue { product: product(), days: 31, time: DAY, price: price(7_900) },
        Words::GoesWithPurchase { product: product(), bought: Arc::clone(other), price: price(4_950) },
        Words::Greeting { page: Page::Home },
        Words::Greeting { page: Page::Product { product: product(), sized: true } },
        Words::Greeting { page: Page::Cart },
        Words::Greeting { page: Page::Search },
        Words::Greeting { page: Page::AfterPurchase },
        Words::FollowUp,
        Words::StillHere { number: 12 },
    ]
}

fn said(words: &[Words], texts: &Texts, locale: &str) -> Vec<String> {
    let locale: Locale = locale.parse().unwrap();
    let book = texts.book(&locale);
    assert_eq!(book.locale(), &locale);
    let all = words.iter().flat_map(|words| lines(words).into_iter().map(move |line| (words, line)));
    all.map(|(words, line)| text(words, &line, texts, book, &TimeZone::UTC).replace(['\u{a0}', '\u{202f}'], " "))
        .collect()
}

fn texts() -> Texts {
    Texts::new(&Locale::ENGLISH, []).unwrap()
}

fn golden(locale: &str) -> String {
    let name = product(&[("pl", "Sztyblety Trip"), ("en", "Trip Chelsea boots"), ("ru", "Челси Trip")]);
    let other = product(&[("pl", "Płaszcz Nord"), ("en", "Nord coat"), ("ru", "Пальто Nord")]);
    said(&all_words(&name, &other, locale), &texts(), locale).join("\n")
}

#[test]
fn polish() {
    insta::assert_snapshot!(golden("pl"), @r#"
        Przepraszamy za kłopot. Twoje zgłoszenie z 9 listopada wciąż jest otwarte. Połączyć Cię z konsultantem?
        Bardzo nam przykro: zgłoszenie z 9 listopada nadal czeka na rozwiązanie. Chcesz od razu porozmawiać z człowiekiem?
        Przykro nam, że tak wyszło. Zgłoszenie z 9 listopada nie jest jeszcze zamknięte. Poprosić konsultanta o kontakt z Tobą?
        W koszyku masz jeden model w dwóch rozmiarach, 41 i 42: Sztyblety Trip. Pomóc Ci dobrać rozmiar?
        Ten sam model, a w koszyku rozmiary 41 i 42: Sztyblety Trip. Podpowiedzieć, który będzie lepszy?
        Wahasz się między rozmiarami? W koszyku są 41 i 42, model ten sam: Sztyblety Trip. Wybierzemy razem?
        W koszyku masz jeden model w 5 rozmiarach, S, M, L, XL i XXL: Sztyblety Trip. Pomóc Ci dobrać rozmiar?
        Ten sam model, a w koszyku rozmiary S, M, L, XL i XXL: Sztyblety Trip. Podpowiedzieć, który będzie lepszy?
        Wahasz się między rozmiarami? W koszyku są S, M, L, XL i XXL, model ten sam: Sztyblety Trip. Wybierzemy razem?
        Rozmiar 41 okazał się za mały? Mamy większy, 42: Sztyblety Trip. Dodać do koszyka?
        Jeszcze w sprawie zwrotu: ten sam model mamy też w rozmiarze 42: Sztyblety Trip. Pokazać?
        A może 42 zamiast 41? Mamy w sprzedaży: Sztyblety Trip.
        Rozmiar 41 okazał się za duży? Mamy mniejszy, 40: Sztyblety Trip. Dodać do koszyka?
        Jeszcze w sprawie zwrotu: ten sam model mamy też w rozmiarze 40: Sztyblety Trip. Pokazać?
        A może 40 zamiast 41? Mamy w sprzedaży: Sztyblety Trip.
        Znów w sprzedaży w rozmiarze 41: Sztyblety Trip, 1 299,00 zł. Dodać do koszyka?
        Dobra wiadomość! Wrócił rozmiar 41: Sztyblety Trip. Pokazać?
        Pamiętasz? Sztyblety Trip. Rozmiar 41 znów czeka w sklepie, cena 1 299,00 zł. Wrzucić do koszyka?
        Znów w sprzedaży: Sztyblety Trip, 49,50 zł. Dodać do koszyka?
        Dobra wiadomość! Znowu mamy: Sztyblety Trip. Pokazać?
        Pamiętasz? Sztyblety Trip. Znów czeka w sklepie, cena 49,50 zł. Wrzucić do koszyka?
        Zamówienie już dotarło: Sztyblety Trip. Wszystko w porządku?
        Paczka dotarła 9 listopada: Sztyblety Trip. Zakupy udane?
        Jak pierwsze wrażenia? Zamówienie jest już u Ciebie: Sztyblety Trip.
        Zamówienie już dotarło: Sztyblety Trip i jeszcze 2 rzeczy. Wszystko w porządku?
        Paczka dotarła 9 listopada: Sztyblety Trip i jeszcze 2 rzeczy. Zakupy udane?
        Jak pierwsze wrażenia? Zamówienie jest już u Ciebie: Sztyblety Trip i jeszcze 2 rzeczy.
        Zamówienie już dotarło. Wszystko w porządku?
        Paczka dotarła 9 listopada. Zakupy udane?
        Jak pierwsze wrażenia? Zamówienie jest już u Ciebie.
        W koszyku nadal czeka: Sztyblety Trip. Dokończyć zamówienie?
        Twój koszyk jest na swoim miejscu: Sztyblety Trip, razem 1 299,00 zł. Wracamy do zamówienia?
        W koszyku została jedna rzecz: Sztyblety Trip. Masz jakieś pytania przed zakupem?
        W koszyku nadal czeka: Sztyblety Trip i jeszcze 2 rzeczy. Dokończyć zamówienie?
        Twój koszyk jest na swoim miejscu: Sztyblety Trip i jeszcze 2 rzeczy, razem 1 234 567,50 zł. Wracamy do zamówienia?
        W koszyku zostały 3 rzeczy, a wśród nich: Sztyblety Trip. Masz jakieś pytania przed zakupem?
        W koszyku nadal czeka: Sztyblety Trip i jeszcze 5 rzeczy. Dokończyć zamówienie?
        W koszyku zostało 6 rzeczy, a wśród nich: Sztyblety Trip. Masz jakieś pytania przed zakupem?
        Kończy się zapas? Sztyblety Trip – ostatni zakup był 9 listopada. Zamówić ponownie?
        Od ostatniego zakupu minęło 31 dni: Sztyblety Trip. Zamówić jeszcze raz?
        Pora uzupełnić zapas? Sztyblety Trip, teraz 79,00 zł. Dodać do koszyka?
        Do Twojego zakupu „Płaszcz Nord” pasuje: Sztyblety Trip. Pokazać?
        Do kompletu z zakupem „Płaszcz Nord” polecamy: Sztyblety Trip, 49,50 zł. Pokazać szczegóły?
        Szukasz czegoś do kompletu? Do zakupu „Płaszcz Nord” pasuje na przykład: Sztyblety Trip.
        Dzień dobry, miło, że jesteś! Pokazać nowości?
        Witaj! Szukasz czegoś konkretnego czy wolisz się rozejrzeć?
        Cześć! Prezent, coś dla siebie, a może tylko rzut oka? Chętnie coś podpowiem.
        Dzień dobry! Oglądasz: Sztyblety Trip. Opowiedzieć coś więcej?
        Witaj! Sztyblety Trip – pokazać coś podobnego dla porównania?
        Cześć! Masz pytanie o szczegóły, dostawę albo zwrot? Na ekranie: Sztyblety Trip.
        Dzień dobry! To Twój koszyk. Sprawdzić coś przed zamówieniem?
        Witaj! Masz pytanie o dostawę, płatność albo zwrot? Odpowiem od razu.
        Cześć! Jeśli coś w koszyku budzi wątpliwości, rozmiar albo dostawa, po prostu zapytaj.
        Dzień dobry! Napisz, jaki rozmiar, kolor i cena wchodzą w grę, a poszukam.
        Witaj! Zawęzić wyniki, na przykład do rozmiaru albo ceny?
        Cześć! Jeśli trudno trafić na to właściwe, opisz to własnymi słowami.
        Dziękujemy za zakupy! Masz pytanie o dostawę albo zwrot?
        Dziękujemy! Dobrać coś do kompletu?
        Miło, że kupujesz u nas. Jeśli coś nie będzie pasować, podpowiem, jak to wymienić.
        Zajrzymy jeszcze do nowości?
        Szukasz czegoś na konkretną okazję?
        Wolisz przeglądać według koloru, ceny czy marki?
        Mogę też podpowiedzieć, jak dobrać rozmiar.
        Masz pytanie o dostawę albo zwrot?
        A może pomysł na prezent?
        Zawęzić wybór do określonej ceny?
        Jeśli wolisz rozmowę z człowiekiem, połączę Cię z konsultantem.
        To moja wiadomość numer 12 w tej rozmowie. Może wolisz porozmawiać z konsultantem?
    "#);
}

#[test]
fn english() {
    insta::assert_snapshot!(golden("en"), @r#"
        We are sorry about the trouble. Your complaint of 9 November is still open. Shall I put you through to a colleague?
        Your complaint of 9 November has not been resolved yet, and we apologise. Would you like to talk to a person now?
        We are sorry that this happened. Your complaint of 9 November is not closed yet. Shall I ask a colleague to contact you?
        Your cart has one model in two sizes, 41 and 42: Trip Chelsea boots. Shall I help you find the right one?
        Sizes 41 and 42 of the same model are in your cart: Trip Chelsea boots. Want to check which one will fit?
        Not sure about the size? Your cart has 41 and 42 of one model: Trip Chelsea boots. Let’s find yours together.
        Your cart has one model in 5 sizes, S, M, L, XL and XXL: Trip Chelsea boots. Shall I help you find the right one?
        Sizes S, M, L, XL and XXL of the same model are in your cart: Trip Chelsea boots. Want to check which one will fit?
        Not sure about the size? Your cart has S, M, L, XL and XXL of one model: Trip Chelsea boots. Let’s find yours together.
        Was size 41 too small? There is a larger one, 42: Trip Chelsea boots. Add it to your cart?
        About your return: the same model is in stock in size 42: Trip Chelsea boots. Want to see it?
        Shall we try 42 instead of 41? In stock now: Trip Chelsea boots.
        Was size 41 too large? There is a smaller one, 40: Trip Chelsea boots. Add it to your cart?
        About your return: the same model is in stock in size 40: Trip Chelsea boots. Want to see it?
        Shall we try 40 instead of 41? In stock now: Trip Chelsea boots.
        Back in size 41: Trip Chelsea boots, £1,299.00. Add it to your cart?
        Good news! Size 41 is in again: Trip Chelsea boots. Want to see it?
        Remember this one? Trip Chelsea boots. Size 41 is in stock again, at £1,299.00. Pop it in your cart?
        Back in stock: Trip Chelsea boots, £49.50. Add it to your cart?
        Good news! We have it again: Trip Chelsea boots. Want to see it?
        Remember this one? Trip Chelsea boots. It is in stock again, at £49.50. Pop it in your cart?
        Your order has arrived: Trip Chelsea boots. Is everything as it should be?
        Your parcel arrived on 9 November: Trip Chelsea boots. Are you happy with it?
        First impressions? Your order is with you: Trip Chelsea boots.
        Your order has arrived: Trip Chelsea boots and 2 more items. Is everything as it should be?
        Your parcel arrived on 9 November: Trip Chelsea boots and 2 more items. Are you happy with it?
        First impressions? Your order is with you: Trip Chelsea boots and 2 more items.
        Your order has arrived. Is everything as it should be?
        Your parcel arrived on 9 November. Are you happy with it?
        First impressions? Your order is with you.
        Still in your cart: Trip Chelsea boots. Shall we finish the order?
        Your cart is right where you left it: Trip Chelsea boots, £1,299.00 in all. Pick up from here?
        One thing is waiting in your cart: Trip Chelsea boots. Any questions before you order?
        Still in your cart: Trip Chelsea boots and 2 more items. Shall we finish the order?
        Your cart is right where you left it: Trip Chelsea boots and 2 more items, £1,234,567.50 in all. Pick up from here?
        3 things are waiting in your cart, among them: Trip Chelsea boots. Any questions before you order?
        Still in your cart: Trip Chelsea boots and 5 more items. Shall we finish the order?
        6 things are waiting in your cart, among them: Trip Chelsea boots. Any questions before you order?
        Running low? Trip Chelsea boots: your last order was on 9 November. Order again?
        31 days have passed since you last bought: Trip Chelsea boots. Order again?
        Time to restock? Trip Chelsea boots, now £79.00. Add it to your cart?
        This goes with your “Nord coat”: Trip Chelsea boots. Want a look?
        To go with “Nord coat”: Trip Chelsea boots, £49.50. Shall I show you more?
        Looking for something to match “Nord coat”? For example: Trip Chelsea boots.
        Hello, good to see you! Shall I show you what’s new?
        Welcome! Looking for something in particular, or happy to browse?
        Hi there! A gift, something for yourself, or just a look around? I’m glad to help you choose.
        Hello! You are looking at: Trip Chelsea boots. Shall I tell you more?
        Welcome! Trip Chelsea boots: shall I show you something similar to compare?
        Hi! Any questions about the details, delivery or returns? Here we have: Trip Chelsea boots.
        Hello! This is your cart. Anything to check before you order?
        Welcome! A question about delivery, payment or returns? I can answer right away.
        Hi! If anything in the cart leaves you unsure, the size or the delivery, just ask.
        Hello! Tell me the size, colour and price you have in mind, and I’ll look for it.
        Welcome! Shall I narrow the results, by size or price for example?
        Hi! If the right thing is hard to find, describe it in your own words.
        Thank you for your order! Any questions about delivery or returns?
        Thank you! Shall I find something to go with it?
        Thanks for shopping with us. If something does not suit you, I’ll explain how to exchange it.
        Shall we have a look at what’s new?
        Is it for a special occasion?
        Would you rather browse by colour, price or brand?
        I can also explain how to find the right size.
        Do you have a question about delivery or returns?
        Or perhaps an idea for a gift?
        Shall I narrow it down to a price that suits you?
        If you would rather talk to a person, I’ll put you through.
        This is my message number 12 in this conversation. Would a colleague be of more use to you?
    "#);
}

#[test]
fn russian() {
    insta::assert_snapshot!(golden("ru"), @r#"
        Приносим извинения за неудобства. Ваше обращение от 9 ноября ещё открыто. Соединить вас со специалистом?
        Нам очень жаль: ваше обращение от 9 ноября пока не решено. Хотите сразу поговорить с человеком?
        Жаль, что так вышло. Обращение от 9 ноября ещё не закрыто. Попросить специалиста связаться с вами?
        У вас в корзине одна модель в двух размерах, 41 и 42: Челси Trip. Помочь выбрать размер?
        Модель одна, а размеры в корзине разные, 41 и 42: Челси Trip. Подсказать, какой подойдёт?
        Сомневаетесь в размере? В корзине 41 и 42 одной модели: Челси Trip. Подберём вместе?
        У вас в корзине одна модель в 5 размерах, S, M, L, XL и XXL: Челси Trip. Помочь выбрать размер?
        Модель одна, а размеры в корзине разные, S, M, L, XL и XXL: Челси Trip. Подсказать, какой подойдёт?
        Сомневаетесь в размере? В корзине S, M, L, XL и XXL одной модели: Челси Trip. Подберём вместе?
        Размер 41 оказался мал? Есть побольше, 42: Челси Trip. Добавить в корзину?
        По поводу возврата: та же модель есть в размере 42: Челси Trip. Показать?
        Попробуем 42 вместо 41? Есть в наличии: Челси Trip.
        Размер 41 оказался велик? Есть поменьше, 40: Челси Trip. Добавить в корзину?
        По поводу возврата: та же модель есть в размере 40: Челси Trip. Показать?
        Попробуем 40 вместо 41? Есть в наличии: Челси Trip.
        Снова в продаже в размере 41: Челси Trip, 1 299,00 ₽. Добавить в корзину?
        Хорошая новость! Снова есть размер 41: Челси Trip. Показать?
        Помните? Челси Trip. Размер 41 снова есть, цена 1 299,00 ₽. Положить в корзину?
        Снова в продаже: Челси Trip, 49,50 ₽. Добавить в корзину?
        Хорошая новость! Снова в наличии: Челси Trip. Показать?
        Помните? Челси Trip. Снова в наличии, цена 49,50 ₽. Положить в корзину?
        Ваш заказ уже доставлен: Челси Trip. Всё в порядке?
        Посылка пришла 9 ноября: Челси Trip. Всё понравилось?
        Как первые впечатления? Заказ уже у вас: Челси Trip.
        Ваш заказ уже доставлен: Челси Trip и ещё 2 товара. Всё в порядке?
        Посылка пришла 9 ноября: Челси Trip и ещё 2 товара. Всё понравилось?
        Как первые впечатления? Заказ уже у вас: Челси Trip и ещё 2 товара.
        Ваш заказ уже доставлен. Всё в порядке?
        Посылка пришла 9 ноября. Всё понравилось?
        Как первые впечатления? Заказ уже у вас.
        В корзине вас ждёт: Челси Trip. Оформим заказ?
        Ваша корзина на месте: Челси Trip, всего на 1 299,00 ₽. Вернёмся к заказу?
        В корзине остался один товар: Челси Trip. Есть вопросы перед покупкой?
        В корзине вас ждёт: Челси Trip и ещё 2 товара. Оформим заказ?
        Ваша корзина на месте: Челси Trip и ещё 2 товара, всего на 1 234 567,50 ₽. Вернёмся к заказу?
        В корзине осталось 3 товара, среди них: Челси Trip. Есть вопросы перед покупкой?
        В корзине вас ждёт: Челси Trip и ещё 5 товаров. Оформим заказ?
        В корзине осталось 6 товаров, среди них: Челси Trip. Есть вопросы перед покупкой?
        Запасы заканчиваются? Челси Trip – последняя покупка была 9 ноября. Повторить заказ?
        С последней покупки прошёл 31 день: Челси Trip. Повторить заказ?
        Пора пополнить запас? Челси Trip, сейчас 79,00 ₽. Добавить в корзину?
        К вашей покупке «Пальто Nord» подойдёт: Челси Trip. Показать?
        В пару к покупке «Пальто Nord» советуем: Челси Trip, 49,50 ₽. Рассказать подробнее?
        Ищете что-то в комплект? К покупке «Пальто Nord» подойдёт, например: Челси Trip.
        Здравствуйте! Рады вас видеть. Показать новинки?
        Добро пожаловать! Ищете что-то определённое или хотите просто посмотреть?
        Привет! Подарок, что-то для себя или просто посмотреть? С удовольствием подскажу.
        Здравствуйте! Вы смотрите: Челси Trip. Рассказать подробнее?
        Добро пожаловать! Челси Trip – показать похожее для сравнения?
        Привет! Есть вопросы о деталях, доставке или возврате? На экране: Челси Trip.
        Здравствуйте! Это ваша корзина. Проверить что-нибудь перед заказом?
        Добро пожаловать! Есть вопрос о доставке, оплате или возврате? Отвечу сразу.
        Привет! Если что-то в корзине вызывает сомнения, размер или доставка, просто спросите.
        Здравствуйте! Напишите, какой нужен размер, цвет и цена, и я поищу.
        Добро пожаловать! Сузить результаты, например по размеру или цене?
        Привет! Если нужное никак не находится, опишите его своими словами.
        Спасибо за покупку! Есть вопросы о доставке или возврате?
        Спасибо! Подобрать что-нибудь в комплект?
        Приятно, что вы покупаете у нас. Если что-то не подойдёт, подскажу, как обменять.
        Заглянем ещё в новинки?
        Подбираете что-то для особого случая?
        Как удобнее смотреть: по цвету, цене или бренду?
        Могу ещё подсказать, как выбрать размер.
        Есть вопрос о доставке или возврате?
        А может быть, идею для подарка?
        Ограничить выбор по цене?
        Если удобнее поговорить с человеком, соединю вас со специалистом.
        Это моё сообщение номер 12 в этом разговоре. Может быть, вам лучше поговорить со специалистом?
    "#);
}

#[test]
fn answers_stand_below_every_line() {
    let name = product(&[("en", "X")]);
    let texts = texts();
    for locale in LOCALES {
        let book = texts.book(&locale.parse().unwrap());
        for words in all_words(&name, &name, locale) {
            let replies = replies(&words, book);
            assert!((2..=4).contains(&replies.len()), "{words:?}");
            assert!(
                replies.iter().all(|reply| !reply.text.is_empty() && reply.text.chars().count() <= 30),
                "{replies:?}"
            );
        }
    }
}

/// How Polish verbs of the past end, which tell who did it.
const POLISH_ENDS: [&str; 8] = ["łaś", "łeś", "łam", "łem", "łabyś", "łbyś", "łabym", "łbym"];

/// Words that take somebody's gender, or are too familiar, or say nothing.
const NEVER: [&str; 28] = [
    "pan",
    "pani",
    "pana",
    "pewna",
    "pewny",
    "gotowa",
    "gotowy",
    "zainteresowana",
    "zainteresowany",
    "zadowolona",
    "zadowolony",
    "klient",
    "klientka",
    "ты",
    "тебе",
    "тебя",
    "твой",
    "готова",
    "готов",
    "уверена",
    "уверен",
    "рада",
    "довольна",
    "доволен",
    "купила",
    "купил",
    "клиент",
    "customer",
];

#[test]
fn lines_are_short_and_take_nobody_s_gender() {
    let name = product(&[("en", "X")]);
    let texts = texts();
    for locale in LOCALES {
        for line in said(&all_words(&name, &name, locale), &texts, locale) {
            assert!(line.chars().count() <= 160, "{} characters: {line}", line.chars().count());
            for word in line.to_lowercase().split(|c: char| !c.is_alphabetic()) {
                assert!(!POLISH_ENDS.iter().any(|end| word.ends_with(end)), "{word:?} in {line:?}");
                assert!(!NEVER.contains(&word), "{word:?} in {line:?}");
            }
            for empty in ["help you?", "mogę pomóc", "могу помочь", "могу вам помочь"] {
                assert!(!line.contains(empty), "{line:?} says nothing");
            }
            assert!(!line.contains(['{', '}', '$', '\n', '\u{2068}', '\u{2069}']), "{line:?}");
            assert!(!line.contains("  ") && line.trim() == line, "{line:?}");
            assert!(line.ends_with(['.', '?', '!']), "{line:?}");
            assert!(!line.starts_with(char::is_lowercase), "{line:?}");
        }
    }
}

#[test]
fn a_name_in_her_language_is_preferred() {
    let name = product(&[("de", "Stiefel"), ("en-GB", "boots"), ("pl", "buty")]);
    let greet = Words::Greeting { page: Page::Product { product: name, sized: true } };
    let first = |locale: &str, default: &str| {
        let texts = Texts::new(&default.parse().unwrap(), []).unwrap();
        text(&greet, "greeting-product-1", &texts, texts.book(&locale.parse().unwrap()), &TimeZone::UTC)
    };
    assert_eq!(first("pl", "en"), "Dzień dobry! Oglądasz: buty. Opowiedzieć coś więcej?");
    assert_eq!(first("en", "pl"), "Hello! You are looking at: boots. Shall I tell you more?");
    assert_eq!(first("ru", "pl"), "Здравствуйте! Вы смотрите: buty. Рассказать подробнее?");
    assert_eq!(first("ru", "ru"), "Здравствуйте! Вы смотрите: Stiefel. Рассказать подробнее?");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the name, the sentence around it stays as it is, and the name comes whole or ends in an ellipsis.
    #[test]
    fn a_name_changes_nothing_but_its_place(title in "(?s:.{1,90})|\\{ ?\\$?[a-z]{1,8} ?\\}|[\\u{202a}-\\u{202e}a-z\\n]{1,70}") {
        // A mark that no text holds.
        const MARK: &str = "\u{e000}";
        let texts = texts_once();
        let shown = clean(&title, MAX_NAME);
        let shown = if shown.is_empty() { "p1".to_owned() } else { shown };
        for locale in LOCALES {
            let marked = said(&all_words(&product(&[(locale, MARK)]), &product(&[(locale, "Y")]), locale), texts, locale);
            let named = said(&all_words(&product(&[(locale, &title)]), &product(&[(locale, "Y")]), locale), texts, locale);
            for (marked, named) in marked.iter().zip(&named) {
                let plain = shown.replace(['\u{a0}', '\u{202f}'], " ");
                prop_assert_eq!(&marked.replace(MARK, &plain), named);
            }
        }
    }
}

fn texts_once() -> &'static Texts {
    static TEXTS: std::sync::LazyLock<Texts> = std::sync::LazyLock::new(texts);
    &TEXTS
}
