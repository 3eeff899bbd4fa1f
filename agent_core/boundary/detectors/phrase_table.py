"""Expressions that are a signal by themselves, by signal and language. Data only; written as in `word_table`.

Weights stand in `suspected_injection`. A signal that harmless messages use too has a weight below the threshold: it only
counts together with another one.
"""

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    "follow_instead": (
        "execute_the_following follow_the_following_instruction* follow_these_instruction* instead obey_the_following "
        "do_the_following_instead do_the_following_first following_first new_instructions new_instruction "
        "your_new_instruction* your_new_task your_new_role "
        "your_real_task your_actual_task your_only_task updated_instructions must_comply you_must_obey you_will_obey "
        "carry_out_the_following",
        "neue_anweisungen_für_dich deine_neue_aufgabe deine_neue_rolle führe_folgende befolge_stattdessen folge_stattdessen "
        "nouvelles_instructions_pour_toi ta_nouvelle_tâche exécute_les_instructions_suivantes",
        "tu_nueva_tarea nuevas_instrucciones_para_ti ejecuta_las_siguientes sua_nova_tarefa execute_as_seguintes "
        "il_tuo_nuovo_compito esegui_le_seguenti je_nieuwe_taak voer_het_volgende_uit din_nye_opgave udfør_følgende "
        "din_nya_uppgift twoje_nowe_zadanie wykonaj_następujące yeni_görevin şimdi_şunu_yap твоя_новая_задача "
        "выполни_следующ* مهمتك_الجديدة نفذ_التالي",
    ),
    "role_switch": (
        "you_are_now you_are_no_longer from_now_on_you act_as_if_you pretend_to_be_a pretend_you_are_a you_will_act_as "
        "you_are_going_to_act_as roleplay_as take_on_the_role simulate_being enter_the_role stop_being",
        "du_bist_jetzt du_bist_ab_sofort ab_jetzt_bist_du tu_es_maintenant tu_es_désormais vous_êtes_maintenant "
        "désormais_tu_es ahora_eres a_partir_de_ahora_eres agora_você_é agora_és a_partir_de_agora_você ora_sei "
        "da_ora_in_poi_sei je_bent_nu vanaf_nu_ben_je du_er_nu fra_nu_af_er_du du_är_nu jesteś_teraz od_teraz_jesteś "
        "artık_sen sen_artık ты_теперь теперь_ты انت_الان من_الان_انت",
    ),
    "unlocked_mode": (
        "developer_mode dev_mode debug_mode god_mode admin_mode maintenance_mode jailbreak jailbroken jailbreak_mode "
        "dan_mode "
        "do_anything_now unrestricted_mode unfiltered_mode without_restrictions without_any_restrictions no_restrictions "
        "without_any_filter no_longer_bound no_content_policy administrator_override admin_override system_override "
        "root_access sudo_mode test_mode_enabled unlocked_mode dan",
        "entwicklermodus administratormodus ohne_einschränkungen ohne_regeln mode_développeur sans_restrictions "
        "sans_aucune_restriction "
        "modo_desarrollador modo_administrador sin_restricciones modo_desenvolvedor modo_programador sem_restrições "
        "modalità_sviluppatore senza_restrizioni ontwikkelaarsmodus zonder_beperkingen udviklertilstand uden_begrænsninger "
        "utvecklarläge utan_begränsningar tryb_deweloper* bez_ograniczeń geliştirici_modu* kısıtlama_olmadan "
        "режим_разработчика "
        "без_ограничений وضع_المطور بدون_قيود",
    ),
    "addressed": (
        "ai_assistant ai_agent ai_model language_model llm chatbot_must dear_assistant dear_ai attention_ai note_to_ai "
        "note_to_the_ai note_to_assistant note_to_the_assistant instruction_to_the_assistant instructions_for_the_assistant "
        "instructions_for_ai hey_assistant assistant_must assistant_should the_assistant_must the_assistant_should "
        "ai_must ai_should the_model_must the_agent_must the_agent_should attention_assistant message_for_the_ai "
        "if_you_are_an_ai if_you_are_a_language_model as_an_ai automated_assistant",
        "ki-assistent ki_assistent sprachmodell assistant_ia modèle_de_langage asistente_de_ia modelo_de_lenguaje "
        "assistente_de_ia modelo_de_linguagem assistente_ia modello_linguistico ai-assistent taalmodel sprogmodel "
        "språkmodell "
        "model_językowy asystent_ai yapay_zeka_asistan* dil_modeli языковая_модель ии-ассистент المساعد_الذكي نموذج_لغوي",
    ),
    "keep_quiet": (
        "do_not_tell_the_user do_not_tell_the_customer do_not_mention_this do_not_inform_the do_not_reveal_this_to "
        "without_telling_the without_informing_the without_mentioning_this don't_tell_the_user don't_tell_the_customer "
        "do_not_ask_for_confirmation without_asking_for_confirmation without_confirmation without_approval "
        "no_approval_is_needed "
        "already_approved_by_the_system pre-approved_by skip_the_approval",
        "sag_dem_kunden_nicht sage_dem_nutzer_nicht ohne_bestätigung ohne_genehmigung ne_dis_rien_au_client "
        "sans_confirmation "
        "no_le_digas_al sin_confirmación não_diga_ao sem_confirmação non_dire_al senza_conferma zonder_bevestiging "
        "uden_bekræftelse utan_bekräftelse bez_potwierdzenia onay_almadan без_подтверждения دون_تأكيد",
    ),
    "steer_output": (
        "in_your_response in_your_answer in_your_reply in_your_output in_your_final_answer start_your_answer_with "
        "start_your_response_with begin_your_response_with begin_your_answer_with begin_your_reply_with "
        "end_your_response_with "
        "respond_only_with answer_only_with reply_only_with respond_only_in within_your_response into_your_response "
        "within_your_answer in_your_code_implementation in_your_implementation within_your_code into_your_implementation "
        "your_response_must your_answer_must into_your_answer your_elucidation in_your_solution",
        "antworte_nur_mit beginne_deine_antwort in_deiner_antwort dans_ta_réponse réponds_uniquement commence_ta_réponse "
        "en_tu_respuesta responde_solo na_sua_resposta responda_apenas nella_tua_risposta rispondi_solo in_je_antwoord "
        "i_dit_svar i_ditt_svar w_swojej_odpowiedzi cevabında в_своём_ответе في_ردك",
    ),
    "given_text": (
        "following_code following_snippet following_code_snippet code_snippet code_block following_text following_link "
        "following_script below_code subsequent_code following_url provided_code next_code ensuing_code given_code "
        "subsequent_snippet following_lines this_code",
    ),
    "important_marker": (
        "important_message important_instruction* important_system critical_instruction* system_notice system_alert "
        "before_you_can_solve before_you_do_anything before_answering before_you_answer after_you_do_that "
        "message_from_the_system message_from_me_to_you high_priority_instruction*",
        "wichtige_anweisung* wichtige_systemmeldung instruction_importante instrucción_importante instrução_importante "
        "istruzione_importante belangrijke_instructie vigtig_instruktion viktig_instruktion ważna_instrukcja önemli_talimat "
        "важная_инструкция تعليمات_مهمة",
    ),
    "asks_what_it_was_told": (
        "instructions_you_were_given you_were_given_initially told_before_this_conversation text_above_in_full "
        "repeat_the_above_text repeat_the_text_above repeat_everything_above repeat_this_entire_conversation "
        "my_instructions_are i_was_instructed_to not_supposed_to_tell_me what_were_you_told the_instructions_so_far "
        "everything_in_the_system the_words_above anweisungen_die_du_bekommen wiederhole_den_text_oben "
        "répète_le_texte_ci-dessus repite_el_texto_anterior",
    ),
    "full_access": (
        "send_all_customer all_customer_data all_user_data all_passwords every_customer's customer_database "
        "list_all_customers list_all_users all_credentials api_key your_api_key environment_variables",
        "alle_kundendaten toutes_les_données_clients todos_los_datos_de_clientes все_данные_клиентов",
    ),
}

DENSE_PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    "follow_instead": ("你的新任务 你的新角色 执行以下 新しいタスク 次の指示に従",),
    "role_switch": ("你现在是 从现在起你是 从现在开始你 你不再是 あなたは今から 今からあなたは これからあなたは",),
    "unlocked_mode": ("开发者模式 開發者模式 没有任何限制 不受限制 开发人员模式 越狱模式 開発者モード 制限なし 制限のない",),
    "addressed": ("人工智能助手 语言模型 AI助手 AIアシスタント 言語モデル",),
    "keep_quiet": ("不要告诉用户 不要告诉客户 不要告訴 ユーザーに言わない 顧客に言わない",),
    "asks_what_it_was_told": ("重复上面的文字 你收到的指令 上の文章を繰り返",),
    "steer_output": ("在你的回答中 在你的回复中 回答の中に",),
}
