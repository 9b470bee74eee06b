//! The words of shop categories and titles that say what a product is and whom it is made for, in English, Polish and
//! Russian.
//!
//! A trailing `*` stands for any ending, as Polish and Russian words need. `Not` words are things that are not worn: where
//! one stands beside a garment ("shoe care", "boot bag", "curtain rings") it wins, for then nothing is hidden.

use crate::domain::catalog::{Audience, Garment};

/// What a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// What it is.
    Is(Garment),
    /// The same, but only in a category: in a title the word may mean something else ("table top", "belt bag").
    IsInCategory(Garment),
    /// Nothing that is worn by size.
    Not,
    /// Whom it is made for.
    For(Audience),
}

use Audience::{Children, Men, Unisex, Women};
use Garment::{Belt, Bottom, Bra, Dress, Gloves, Headwear, Outerwear, Ring, Shoes, Socks, Top, Underwear};
use Sense::{For, Is, IsInCategory, Not};

/// One sense and all the words that have it, apart by spaces.
pub(super) const WORDS: &[(Sense, &str)] = &[
    (
        For(Women),
        "women woman womens ladies lady female womenswear maternity damsk* kobiet* kobiec* ciążow* женск* женщин* дамск* беременных",
    ),
    (For(Men), "men man mens male gents gentlemen menswear męsk* mężczyzn* мужск* мужчин* мужчина"),
    (
        For(Children),
        "kid kids child children childrens childrenswear boy boys girl girls baby babies infant infants toddler \
        toddlers junior juniors youth teen teens newborn dzieci* dziecięc* dziecko chłopięc* chłopiec chłopc* dziewczęc* \
        dziewczyn* niemowl* młodzież* детск* дети детей детям ребенк* мальчик* мальчиков девоч* малыш* младенц* новорожд* подрост*",
    ),
    (For(Unisex), "unisex uniseks унисекс"),
    (
        Is(Top),
        "shirt shirts tshirt tshirts tee tees blouse blouses sweater sweaters jumper jumpers pullover pullovers \
        cardigan cardigans hoodie hoodies sweatshirt sweatshirts polos tunic tunics bodysuit bodysuits knitwear \
        turtleneck turtlenecks longsleeve longsleeves camisole camisoles \
        koszul* bluz* bluzk* swet* kardigan* golfy tunik* podkoszul* longsleev* polówk* \
        футболк* майк* рубаш* блуз* свитер* джемпер* пуловер* кардиган* худи толстовк* свитшот* водолазк* туник* лонгслив* \
        олимпийк* поло боди",
    ),
    (IsInCategory(Top), "top tops topy tank tanks polo body vests топ топы"),
    (
        Is(Bottom),
        "trousers pants jeans shorts skirt skirts leggings chinos joggers sweatpants tights capris culottes jeggings \
        spodni* spodnie dżins* jeansy szort* szorty spódni* spódnic* legginsy legins* legginsów bojówk* joggery \
        брюк* джинс* шорт* юбк* юбок леггинс* лосин* джоггер* тайтс* чинос* джеггинс* бермуд* штан*",
    ),
    (
        Is(Dress),
        "dress dresses gown gowns jumpsuit jumpsuits playsuit playsuits romper rompers dungarees overalls sundress \
        sukien* kombinezon* ogrodniczk* плать* сарафан* комбинезон*",
    ),
    (
        Is(Outerwear),
        "jacket jackets coat coats parka parkas blazer blazers outerwear raincoat raincoats anorak anoraks gilet \
        gilets windbreaker windbreakers poncho ponchos cape capes suit suits waistcoat waistcoats overcoat trench \
        kurtk* kurtek płaszcz* marynark* marynarek żakiet* kamizelk* parki garnitur* kożuch* okryci* wiatrówk* bezrękawnik* \
        куртк* куртки курток пальто пуховик* плащ* ветровк* парк* пиджак* жакет* шуб* дублен* дублён* жилет* полупальто костюм* \
        пончо кейп* бомбер* тренч*",
    ),
    (
        Is(Shoes),
        "shoe shoes boot boots sneaker sneakers trainer trainers sandal sandals loafer loafers heels pumps flats \
        slipper slippers footwear moccasins espadrilles ballerinas mules clogs oxfords brogues stilettos chelsea flipflops \
        buty butów bucik* obuwi* botk* kozak* trampk* sandał* klapk* mokasyn* półbut* balerin* baleriny szpilk* czółen* \
        sneakersy trzewik* kapci* espadryl* śniegowc* kalosz* \
        обув* ботин* туфл* кроссов* кеды кед сапог* сапоги сандал* босонож* балетк* лофер* мокасин* тапоч* тапк* полуботин* \
        ботильон* слипон* сланц* шлепанц* эспадриль* угги валенк*",
    ),
    (Is(Bra), "bra bras bralette bralettes brassiere brassieres biustonosz* staniki stanik* бюстгальтер* лиф лифчик*"),
    (
        Is(Underwear),
        "underwear lingerie panties briefs boxers knickers thong thongs trunks swimwear swimsuit swimsuits \
        bikini bikinis pyjamas pajamas nightwear sleepwear nightgown nightgowns bathrobe robe robes thermals \
        bielizn* majtk* majtek figi stringi bokserk* slipy piżam* szlafrok* kąpielow* \
        трус* белье бельё белья плавк* купальник* пижам* сорочк* пеньюар* халат* термобель* стринг* боксер*",
    ),
    (
        Is(Socks),
        "sock socks hosiery stockings pantyhose skarpet* skarpety rajstop* pończoch* podkolanówk* \
        stopk* носк* носок колгот* чулк* гетр* подследник*",
    ),
    (Is(Gloves), "glove gloves mitten mittens rękawic* rękawiczk* перчат* варежк* рукавиц*"),
    (
        Is(Headwear),
        "hat hats beanie beanies headwear beret berets czapk* czapek kapelusz* beret* kaszkiet* \
        шапк* шапок шляп* кепк* берет* панам* бейсболк* головн*",
    ),
    (IsInCategory(Headwear), "cap caps"),
    (Is(Belt), "belts pasek paski pasków ремень ремни ремней пояс*"),
    (IsInCategory(Belt), "belt"),
    (Is(Ring), "pierścion* obrączk* кольц* перстень перстни"),
    (IsInCategory(Ring), "ring rings"),
    (
        Not,
        "bag bags handbag handbags backpack backpacks wallet wallets purse purses luggage lamp lamps lighting \
        watch watches clock clocks book books ebook toy toys mat mats equipment bottle bottles mug mugs towel towels \
        blanket blankets pillow pillows curtain curtains bedding sheet sheets rug rugs furniture table tables chair chairs \
        care cleaner polish laces insole insoles hanger hangers rack racks organizer boxes case cases cover covers \
        coffee tea food cosmetics perfume makeup skincare razor razors blades jewellery jewelry necklace necklaces earrings \
        bracelet bracelets scarf scarves ties umbrella umbrellas sunglasses glasses kettlebell dumbbell ball balls \
        strap straps accessories accessory gift giftcard giftcards voucher candle candles \
        toreb* torb* plecak* portfel* walizk* lamp* kinkiet* oświetl* żarów* źródł* zegar* zegark* książ* audiobook* \
        zabawk* mata maty akcesor* butelk* kubek kubki ręcznik* koc koce poduszk* zasłon* pościel* dywan* mebl* \
        stół stoł* krzes* pielęgnac* sznurow* wkładk* kaw* herbat* kosmety* perfum* biżuter* naszyjnik* kolczyk* bransolet* \
        szalik* szal szale krawat* parasol* okular* pudełk* świec* prezent* voucher* multimedia naklejk* notatnik* puzzle \
        сумк* сумок рюкзак* кошел* чемодан* ламп* бра светильник* люстр* час часы часов книг* игруш* коврик* аксессуар* \
        бутыл* кружк* полотен* плед* подуш* штор* постел* ковер ковры мебел* стол столы стул* уход* крем* шнурк* стельк* \
        кофе чай космет* духи парфюм* украшен* бижутер* ожерел* серьг* серьги браслет* шарф* платок платки галстук* зонт* \
        очки свеч* подар*",
    ),
];

/// Words that end what a title is about: "boots with a leather belt", "buty do biegania", "чехол для обуви".
pub(super) const PREPOSITIONS: [&str; 18] =
    ["with", "for", "in", "from", "z", "ze", "do", "dla", "na", "w", "od", "с", "со", "для", "из", "на", "в", "под"];
