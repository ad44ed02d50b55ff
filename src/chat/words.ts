/** Words, as far as they can be told apart without a dictionary. */

const WORDS = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu;
/** Scripts that put no spaces between words. */
const UNSPACED =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]/u;

/** Lower-case words; a run of an unspaced script counts as one word. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(WORDS) ?? [];
}

export function isUnspaced(word: string): boolean {
  return word.charCodeAt(0) > 0xdff && UNSPACED.test(word);
}

const segmenter = new Intl.Segmenter("en", { granularity: "word" });

/** Returns words like `wordsOf`, with runs of unspaced scripts cut into words by ICU's dictionaries. */
export function dictionaryWordsOf(text: string): readonly string[] {
  return wordsOf(text).flatMap((word) => {
    if (!isUnspaced(word)) return [word];
    return [...segmenter.segment(word)].map(({ segment }) => segment);
  });
}

/** Sentences, also where no spaces follow the full stop. */
export function sentencesOf(text: string): readonly string[] {
  const sentences = text.match(/[^.!?。！？؟।\n]+[.!?。！？؟।]*/gu) ?? [];
  return sentences.map((sentence) => sentence.trim()).filter((sentence) => sentence !== "");
}

/** The commonest words of a language, which tell it from others and say nothing of a text's subject. */
export const STOP_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  en: words(
    "the a an and or but if is are was were be been am i you he she it we they me my your his her its our their this that these those of to in on at for with from by as not no do does did have has had can could will would should what when where which who how why there here please thanks thank hello hi hey just so very too also about any some get got want need tell know let yes okay ok i'm it's don't can't i've",
  ),
  es: words(
    "el la los las un una unos y o pero si es son era ser estar está estoy yo tú usted él ella nosotros me mi su sus este esta eso de del al en con buenos buenas días tardes noches quisiera por para como no qué cuándo dónde cómo muy también gracias hola favor quiero tengo puede que se lo le ya más",
  ),
  fr: words(
    "le la les un une des et ou mais si est sont était être je tu il elle nous vous ils me mon ma mes votre vos ce cette ces de du au aux en dans avec par pour comme ne pas que qui quand où comment très aussi merci bonjour bonsoir salut s'il plaît voudrais veux j'ai c'est sur plus",
  ),
  de: words(
    "der die das ein eine einen und oder aber wenn ist sind war sein bin ich du er sie es wir ihr mich mir mein meine ihre dieser diese von zu im in an auf mit für bei nicht kein keine was wann wo wie warum sehr auch danke hallo guten tag morgen abend moin möchte bitte habe hat kann kannst können könnten möchten den dem noch",
  ),
  pt: words(
    "o a os as um uma e ou mas se é são era ser estar está estou eu você ele ela nós me meu minha seu sua este esta isso de do da dos das em no na com por para como não que quando onde muito também obrigado obrigada olá oi bom dia boa tarde noite quero tenho pode mais já",
  ),
  it: words(
    "il lo la gli le un una e o ma se è sono era essere io tu lui lei noi voi mi mio mia suo questo questa di del della da in con su per come non che quando dove molto anche grazie ciao salve buongiorno buonasera vorrei voglio ho può più il mio",
  ),
  nl: words(
    "de het een en of maar als is zijn was ben ik jij u hij zij wij mij mijn uw dit dat van naar in op met voor bij niet geen wat wanneer waar hoe waarom zeer ook dank hallo hoi goedendag goedemorgen goedemiddag graag alstublieft heb heeft kan nog",
  ),
  pl: words(
    "i w na z do nie to jest się że jak co ale czy dla mam mój moja proszę dziękuję cześć dzień dobry kiedy gdzie już o",
  ),
  tr: words(
    "ve bir bu için ile de da ne mi ben sen biz çok var yok değil nasıl nerede teşekkürler merhaba selam lütfen ama daha",
  ),
  ru: words(
    "и в на с не что это я ты он она мы вы они мне мой моя ваш как когда где почему но или если для по из от до за уже очень спасибо привет пожалуйста здравствуйте добрый день вечер есть нет да у к же бы хочу",
  ),
  ar: words(
    "في من على إلى عن مع هذا هذه أن لا ما هل كيف متى أين لماذا و أو لكن أنا أنت هو هي نحن شكرا جزيلا مرحبا السلام عليكم فضلك يا قد كان",
  ),
  hi: words(
    "है हैं का की के को में से और या पर यह वह मैं आप हम मेरा मेरी मेरे क्या कब कहाँ कैसे क्यों नहीं हाँ धन्यवाद नमस्ते कृपया भी था थी हो तो ने",
  ),
  zh: words("的 了 是 我 你 他 她 我们 在 有 不 和 这 那 吗 什么 怎么 请 谢谢 您好 你好 就 也 都 要 会 能"),
  el: words(
    "ο η το οι τα ένα μια και ή αν είναι ήταν εγώ εσύ μου σας του της των στο στη στην από για με που τι πότε πώς πού γιατί δεν μη ναι όχι θα να έχετε έχω πολύ καλημέρα καλησπέρα γεια ευχαριστώ παρακαλώ",
  ),
  ko: words("이 그 저 제 네 아니요 왜 언제 어디 어떻게 좀 안녕하세요 감사합니다 고맙습니다"),
  ja: words(
    "こんにちは お願い の は が を に へ と で も です ます した する この その あの 私 か ね よ ください ありがとう から まで",
  ),
};

const ALL_STOP_WORDS: ReadonlySet<string> = new Set(Object.values(STOP_WORDS).flatMap((own) => [...own]));

export function isStopWord(word: string): boolean {
  return ALL_STOP_WORDS.has(word);
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}
