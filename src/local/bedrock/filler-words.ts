/**
 * Words that chats of support are full of and that name no subject: numbers, times, degrees, and verbs of any matter.
 * They are apart from the stop words, by which languages are told from one another and words of questions are weighed.
 */
const FILLER_WORDS: readonly string[] = [
  // English
  "one two three four five six seven eight nine ten first second third last next once twice both half whole each every",
  "another other others same different more most less much many few lot lots such own well now then today yesterday",
  "tomorrow soon later again still already always never ever since until ago week weeks month months year years day days",
  "hour hours minute minutes time times really quite rather even only back away out off over than into after before all",
  "nothing something anything everything someone anyone nobody thing things way sure maybe perhaps instead please sorry",
  "able going went gone come came coming take took taken give gave given make made say says said see saw seen look looks",
  "use used try tried trying find found keep kept put ask asked like liked love lovely good great nice bad fine perfect",
  "annoying happy quick slow hi dear yours sincerely wanted needs wants think thought believe seems seem says shall may",
  "might must being having doing done mine ours myself yourself can't cannot didn't doesn't won't isn't wasn't aren't",
  "haven't hasn't couldn't wouldn't i'd i'll you're we're they're that's there's what's let's kidding through easy arrived ending wrong",
  // German
  "eins zwei drei vier fünf sechs sieben acht neun zehn erste ersten zweite zweiten letzte letzten nächste heute gestern",
  "bald später wieder noch schon immer nie seit tag tage woche wochen monat jahr stunde minuten mal nur sehr mehr viel",
  "viele alle alles nichts etwas jemand andere anderen gleich gut gute schön leider dann doch also welche welcher welches",
  "soll sollte wird werden wurde wurden worden hätte wäre würde gibt geht kommt nehmen gemacht sagen habe hatte damit",
  "davon dazu darauf über unter nach vor aus bis ohne gegen beim zum zur vom ihnen ihr unser dass weil jetzt hier dort",
  // French
  "deux trois quatre cinq sept huit neuf dix premier première dernier dernière prochain aujourd'hui hier demain encore",
  "déjà toujours jamais depuis jour jours semaine mois an ans heure fois seulement moins beaucoup peu tout tous toute",
  "rien quelque autre autres même bien bon bonne alors donc suis êtes avez avons été fait faire puis peut peux pouvez",
  "d'accord j'aimerais est-ce sans sous chez entre vers après avant quel quelle l'ai n'est qu'il qu'elle d'abord",
  // Spanish
  "uno dos tres cuatro cinco seis siete ocho nueve diez primero primera segundo segunda último última hoy ayer mañana",
  "todavía aún siempre nunca desde hasta día semana mes año hora vez veces solo sólo menos mucho mucha poco todo todos",
  "toda nada algo otro otra otros mismo bien bueno buena entonces pues hay hace hacer hecho he has ha sido puedo pueden",
  "posible antes después sobre entre sin nuestro ustedes usted alguien sale",
  // Portuguese
  "dois três quatro cinco primeiro primeira segundo último hoje ontem amanhã ainda sempre nunca desde até semana mês ano",
  "hora vez vezes só menos muita pouco tudo todos nada algo outro outra mesmo bem bom então há fazer feito tem têm vocês",
  "posso podem antes depois sem nosso igual quando sozinho continua",
  // Italian
  "due tre quattro cinque primo prima secondo ultimo oggi ieri domani ancora sempre mai fino giorno settimana mese anno",
  "volta solo meno molto poco tutto tutti niente qualcosa altro altra stesso bene allora posso fare fatto dopo senza",
  // Dutch and Polish
  "twee drie eerste tweede laatste vandaag gisteren morgen altijd nooit sinds week maand jaar keer alleen meer veel alles",
  "niets iets andere goed dan toch wordt worden hebben kunnen dwa trzy pierwszy ostatni dzisiaj wczoraj jutro jeszcze",
  "zawsze nigdy tydzień miesiąc rok raz tylko bardzo wszystko nic coś inny dobrze jest są był była może mogę",
  // Turkish
  "iki üç ilk ikinci son bugün dün yarın hala hep hiç hafta ay yıl kez sadece çok her şey başka iyi sonra önce kadar",
  // Russian
  "один два три первый второй последний сегодня вчера завтра ещё еще всегда никогда неделя месяц год раз только все всё",
  "ничего другой другая другое хорошо тогда можно могу может быть был была было были пробовал после перед без через",
  // Greek
  "ένα δύο τρία πρώτος δεύτερος σήμερα χθες αύριο ακόμα πάντα ποτέ μέρα εβδομάδα μήνας φορά μόνο πολύ όλα τίποτα άλλο",
  "ωραία καλά τότε πόσο μπορώ μπορείτε σε πριν μετά",
  // Arabic
  "واحد اثنان ثلاثة أول ثاني آخر اليوم أمس غدا دائما أبدا منذ يوم أسبوع شهر سنة مرة فقط كل شيء أخرى جيد ثم بعد قبل",
  "يمكنني يمكن أريد المساعدة",
  // Hindi
  "एक दो तीन पहला दूसरा आज कल अभी हमेशा कभी दिन हफ्ता महीना साल बार सिर्फ बहुत सब कुछ दूसरे अच्छा फिर पहले बाद तक",
  "चाहिए सकते सकता सकती बता आया मुझे ठीक",
  // Chinese
  "一个 两个 第一 第二 今天 昨天 明天 现在 已经 还是 一直 从来 星期 一个月 只是 很多 所有 没有 其他 什么时候 请问 可以 怎么样",
  "我想 谢谢",
  // Japanese and Korean
  "一つ 二つ 最初 今日 昨日 明日 今 まだ いつも 一度 全部 他 どう いつ 何 ください 하나 둘 첫 오늘 어제 내일 지금 아직 항상 다시",
  "모두 다른 수 있나요",
];

const WORDS: ReadonlySet<string> = new Set(FILLER_WORDS.flatMap((line) => line.split(" ")));

/** True for a lower-case word that is no topic, in any of the languages. */
export function isFillerWord(word: string): boolean {
  return WORDS.has(word);
}
