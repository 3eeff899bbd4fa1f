"""The words of instruction overrides, by what they mean and by language. Data only; `concepts` reads it.

`*` ends a stem, `_` joins words of one expression. Accents, case and look-alike letters do not matter: words are folded as
the text is. Languages: en de fr es pt it nl da sv no pl cs ro tr ru uk ar fa hi he id vi ko zh ja th el.
"""

from collections.abc import Mapping
from typing import Final

SPACED: Final[Mapping[str, tuple[str, ...]]] = {
    # do not heed
    "drop": (
        "ignore ignores ignoring ignored disregard* forget forgetting override overriding overrule bypass* neglect "
        "not_follow not_obey dont_follow stop_following stop_obeying pay_no_attention set_aside do_away_with erase "
        "delete_all",
        "ignorier* vergiss vergesst vergessen missacht* überschreib* übergeh* umgeh* beachte_nicht nicht_mehr_beachten",
        "ignore ignorez ignorer oublie oubliez oublier contourne* fais_abstraction ne_tiens_pas_compte ne_tenez_pas_compte",
        "ignora ignoren ignorar olvida olvide olviden olvidar omite omitir anula haz_caso_omiso hagan_caso_omiso",
        "ignorem esqueça esquece esqueçam desconsidere desconsidera desconsiderem",
        "ignorate ignorare dimentica dimenticate trascura non_considerare non_tenere_conto",
        "negeer negeren vergeet omzeil houd_geen_rekening",
        "ignorer ignorera glem glemme se_bort_fra se_bort_ifra tilsidesæt overse glöm bortse strunta",
        "zignoruj* ignoruj* zapomnij* pomiń pomijaj omiń ignorujte zapomeň ignorați ignora uită uitați",
        "dikkate_alma* göz_ardı_et* yok_say* görmezden_gel* unut unutun",
        "игнорируй* игнорировать проигнорируй* забудь забудьте не_обращай* отбрось* ігноруй* забудь",
        "تجاهل تجاهلي تجاهلوا انس انسى اهمل نادیده فراموش_کن",
        "अनदेखा नजरअंदाज नज़रअंदाज़ भूल अनदेखी התעלם התעלמי התעלמו שכח abaikan lupakan bỏ_qua phớt_lờ quên",
        "무시하* 무시해* 잊어* 잊으* αγνόησε αγνοήστε ξέχνα",
    ),
    # of before, all of it
    "prior": (
        "previous* prior above earlier preceding foregoing before all any every everything existing current",
        "vorherig* vorig* bisherig* früher* obig* alle* sämtlich* zuvor vorangegangen* vorangehend* bestehend*",
        "precedent* antérieur* dessus toute* tous anterior* previ* arriba tod* acima precedent* tutt* sopra",
        "vorige eerdere voorgaande bovenstaande tidligere forrige ovenstående foregående tidigare föregående "
        "ovanstående alla",
        "poprzedni* wcześniejsz* powyższ* wszystk* předchozí* všechn* anterioar* toate",
        "önceki* yukarıdaki tüm bütün предыдущ* прежн* вышеуказанн* все всех ранее попередн* усі всі",
        "السابقة السابق كل جميع اعلاه قبلی همه تمام پیشین पिछले पिछली पूर्व सभी पहले הקודמות כל מכל",
        "sebelumnya semua trước mọi tất_cả 이전 이전의 모든 위의 지금까지의 προηγούμεν* όλες",
    ),
    # the assistant's own
    "yours": (
        "your system system's original* initial* core hidden secret internal developer* openai content you",
        "dein* ihre ihren ursprünglich* system* tes ton vos votre système initial* tus tu sus sistema suas seus tuas",
        "tue tuo vostre jouw je uw systeem* dine din systemets dina twoje twoich swoje swoich systemow*",
        "твои твоих твоей ваши ваших свои своих системн* твої تعليماتك تعليماتكم अपने अपनी आपके שלך anda của_bạn 너의 "
        "당신의 네",
    ),
    # the writer's own: what one may well take back
    "mine": (
        "my our his her their mine i we mein* unser* mon ma mes notre nos mi mis nuestr* meu* minha* noss* mio mia mie miei",
        "nostr* mijn onze min mit mine vores mitt mina våra mój moje mojego moją nasz* benim мой моё мое мою мои моего наш*",
        "j'ai ho he ik jeg jag ich",
    ),
    # what binds the assistant
    "rules": (
        "instruction* rule rules prompt prompts guideline* directive* command commands constraint* restriction* programming",
        "policy policies guardrail* protocol* training filters safeguards",
        "anweisung* instruktion* regel* vorgabe* anordnung* befehl* richtlinie* systemanweisung*",
        "consigne* règle* directive* instruccion* regla* directric* directriz indicacion* instruç* regra* diretri* comando*",
        "istruzion* regol* direttiv* indicazion* instructie* opdracht* richtlijn* aanwijzing* instruks* regler "
        "retningslinje*",
        "anvisning* riktlinj* instrukcj* zasad* polece* wytyczn* reguł* pokyn* instrukc* pravid* instrucțiun* reguli*",
        "talimat* kural* yönerge* komut* инструкци* правил* указани* команд* інструкці* вказівк*",
        "تعليمات التعليمات تعليماتك قواعد القواعد اوامر الاوامر توجيهات التوجيهات دستور دستورات دستورالعمل* قوانین",
        "निर्देश* नियम* आदेश* הוראות ההוראות מההוראות ההנחיות הנחיות instruksi* perintah aturan hướng_dẫn chỉ_dẫn chỉ_thị",
        "지시* 명령* 규칙* 지침* οδηγίες κανόνες",
    ),
    # say it
    "reveal": (
        "reveal show print repeat output display tell give expose leak disclose recite dump translate encode summarize "
        "summarise what what's provide share list paste quote spell see view",
        "zeig* nenn* wiederhol* gib verrat* ausgeben affiche* montre* répète* révèle* donne* muestra* repite revela* "
        "dime imprime",
        "mostre mostra repita revele diga ripeti rivela dimmi toon herhaal geef vis gentag visa upprepa pokaż powtórz "
        "wypisz ujawnij",
        "göster tekrarla yaz söyle покажи повтори раскрой выведи скажи выдай اظهر اعرض كرر اكشف दिखाओ बताओ दोहराओ tampilkan",
        "hiển_thị 보여* 알려* 출력*",
    ),
    # of what it was told
    "told": (
        "told taught learned learnt know instructed trained programmed said given gesagt weißt gelernt dit appris sais "
        "dicho",
        "aprendido sabes dito aprendeu detto imparato verteld geleerd sagt lært sagts powiedziano wiesz söylenen "
        "сказано знаешь",
    ),
}

DENSE: Final[Mapping[str, tuple[str, ...]]] = {
    "drop": (
        "忽略 无视 無視 忘记 忘掉 忘記 不要理会 不要遵守 不用管 無視し 忘れて 忘れろ 従わない เพิกเฉย ละเว้น ไม่ต้องสนใจ ลืม",
    ),
    "prior": ("之前 以上 先前 此前 所有 上面 前面 先前 以前 これまで 上記 すべて 全て 今まで ก่อนหน้า ทั้งหมด",),
    "yours": ("你的 您的 系统 系統 あなたの システム ของคุณ",),
    "mine": ("我的 我之前 我刚 私の メール 邮件 信件",),
    "rules": ("指令 指示 规则 規則 提示词 命令 ルール プロンプト 指令 คำสั่ง กฎ",),
    "reveal": ("显示 重复 输出 告诉 泄露 表示 教えて 出力 繰り返 แสดง",),
}

NEUTRAL: Final = (
    "the these those this that of and or to from given set other such der die das den les des aux la le las los el il "
    "gli i lo "
    "de het os as do da te ci av af na z o w и или وَ"
)
"""Words that may stand between a modifier and what binds the assistant without saying that something else is meant."""

OTHERS: Final = "for für pour para per pentru for_the concerning about till voor dla için для"
"""Words after which stands whose rules they are: `instructions for the courier`."""

PROMPTS: Final = (
    "system_prompt* systemprompt* system_message* system_instruction* system_configuration initial_prompt* "
    "initial_instruction* "
    "original_prompt original_instruction* starting_instruction* hidden_instruction* secret_instruction* hidden_prompt "
    "developer_message developer_prompt pre_prompt preprompt initialization_string your_prompt systemanweisung* "
    "prompt_système "
    "invite_système instructions_système prompt_del_sistema instrucciones_del_sistema prompt_do_sistema "
    "instruções_do_sistema "
    "prompt_di_sistema istruzioni_di_sistema systeemprompt sistem_istemi системный_промпт системную_подсказку "
    "системные_инструкции системного_промпта 시스템_프롬프트 system-prompt"
)
PROMPTS_DENSE: Final = "系统提示词 系統提示詞 系统指令 初始指令 システムプロンプト 初期指示"
