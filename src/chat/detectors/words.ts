/**
 * Words of self-harm and threat. They speak of the writer's own death, or announce harm to somebody, in the first
 * person wherever a language has one: "this kills me" is no alert. A list finds what it holds and nothing else; the
 * session lane has the model's judgement beside it.
 */
import type { PhraseRule } from "./phrases";

const SELF_HARM = [
  ...["kill myself", "killing myself", "end my life", "ending my life", "take my own life", "want to die"],
  ...["wanna die", "don't want to live", "do not want to live", "no reason to live", "better off dead"],
  ...["hurt myself", "hurting myself", "harm myself", "cut myself on purpose", "suicidal", "commit suicide"],
  ...["mich umbringen", "bring mich um", "bringe mich um", "mir das leben nehmen", "nehme mir das leben"],
  ...[
    "nicht mehr leben",
    "will sterben",
    "selbstmord begehen",
    "suizidgedanken",
    "mich selbst verletzen",
    "mich ritzen",
  ],
  ...["me suicider", "me tuer", "mettre fin à mes jours", "envie de mourir", "veux mourir", "plus envie de vivre"],
  ...["suicidarme", "matarme", "quitarme la vida", "acabar con mi vida", "quiero morir", "no quiero vivir"],
  ...["me matar", "tirar minha vida", "acabar com a minha vida", "quero morrer", "não quero mais viver"],
  ...["uccidermi", "ammazzarmi", "togliermi la vita", "voglio morire", "non voglio più vivere"],
  ...["zelfmoord plegen", "mezelf iets aandoen", "wil dood", "wil niet meer leven", "zabić się", "chcę umrzeć"],
  ...["не хочу жить", "хочу умереть", "покончить с собой", "убью себя", "убить себя", "покончу с собой"],
  ...["kendimi öldür", "kendimi öldüreceğim", "ölmek istiyorum", "intihar edeceğim", "yaşamak istemiyorum"],
  ...["أريد أن أموت", "اريد ان اموت", "سأنتحر", "أقتل نفسي", "मरना चाहता हूँ", "मरना चाहती हूँ", "आत्महत्या करना"],
  ...[
    "我想死",
    "不想活了",
    "自杀",
    "自殺",
    "想自杀",
    "死にたい",
    "消えてしまいたい",
    "죽고 싶",
    "자살하고",
    "죽어버리고 싶",
  ],
  ...["θέλω να πεθάνω", "να αυτοκτονήσω", "不想活", "อยากตาย", "ฆ่าตัวตาย"],
];

const THREAT = [
  ...["i will kill you", "i'll kill you", "ill kill you", "going to kill you", "gonna kill you", "want to kill you"],
  ...[
    "i will hurt you",
    "i'll hurt you",
    "going to hurt you",
    "gonna hurt you",
    "i will find you",
    "you will regret this",
  ],
  ...["i know where you live", "you are dead", "you're dead meat", "i will shoot", "i'll shoot", "going to shoot"],
  ...["bomb threat", "plant a bomb", "blow up your", "burn down your", "burn your office", "beat you up"],
  ...["come to your office with a gun", "i'll kill him", "i'll kill her", "i'll kill them"],
  ...["ich bringe dich um", "ich bring dich um", "ich bringe sie um", "ich werde dich umbringen", "ich töte dich"],
  ...["ich weiß wo du wohnst", "ich weiss wo du wohnst", "ich weiß, wo sie wohnen", "ich zünde euch an"],
  ...["bombendrohung", "ich mach dich fertig", "ich schlage dich", "du bist tot", "ihr seid tot"],
  ...["je vais te tuer", "je vais vous tuer", "je te tuerai", "je sais où tu habites", "je sais où vous habitez"],
  ...["alerte à la bombe", "je vais te frapper", "te voy a matar", "los voy a matar", "voy a matarte"],
  ...["sé dónde vives", "amenaza de bomba", "te voy a pegar", "vou te matar", "vou matar você", "sei onde você mora"],
  ...["ti ammazzo", "vi ammazzo", "ti uccido", "so dove abiti", "so dove abitate", "ik maak je dood", "ik vermoord je"],
  ...["ik weet waar je woont", "zabiję cię", "wiem gdzie mieszkasz", "wiem, gdzie mieszkasz", "я тебя убью"],
  ...["я убью тебя", "я вас убью", "я знаю где ты живешь", "я знаю, где ты живешь", "взорву", "seni öldüreceğim"],
  ...["sizi öldüreceğim", "nerede oturduğunu biliyorum", "سأقتلك", "سوف أقتلك", "तुम्हें मार दूँगा", "जान से मार दूंगा"],
  ...[
    "我要杀了你",
    "我要殺了你",
    "杀了你",
    "弄死你",
    "殺すぞ",
    "ぶっ殺す",
    "爆破する",
    "죽여버리겠",
    "죽여 버릴",
    "너 죽여",
  ],
  ...["θα σε σκοτώσω", "ξέρω πού μένεις", "จะฆ่าแก"],
];

export const WORD_RULES: readonly PhraseRule[] = [
  { rule: "self_harm_words", kind: "self_harm", severity: "critical", words: SELF_HARM },
  { rule: "threat_words", kind: "violence", severity: "critical", words: THREAT },
];
