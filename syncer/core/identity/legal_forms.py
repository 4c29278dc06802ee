"""Words of law at the ends of company names, by country; folded, dotted letters joined (`S.p.A.` is `spa`)."""

from __future__ import annotations

from typing import Final

_AT_THE_END: Final = """
inc | incorporated | corp | corporation | co | company | llc | llp | lllp | lp | pllc | pc | pa | ltd | limited |
plc | cic | cio | ulc | limitee | ltee | dac | clg | teo | teoranta | pty ltd | pty limited | pty | proprietary
limited | pte ltd | pte | pvt ltd | pvt | private limited | opc | bhd | sdn bhd | berhad | tbk | persero | jsc |
pjsc | ojsc | cjsc | fzco | fze | fz llc | fzc | dmcc | wll | spc | psc | bsc | gmbh | mbh | ggmbh | ag | kg | kgaa
| ohg | gbr | ug | ug haftungsbeschrankt | haftungsbeschrankt | ek | ekfm | ev | eg | gesmbh | gesellschaft mbh |
gesellschaft mit beschrankter haftung | aktiengesellschaft | sarl | sagl | se | societas europaea | genossenschaft |
sa | sas | sasu | eurl | snc | sci | scs | sca | scop | selarl | societe anonyme | ste | gie | sl | slu | sau | sll
| sociedad limitada | sociedad anonima | sa de cv | sab de cv | sapi de cv | s de rl de cv | s de rl | srl de cv |
de cv | sac | saa | eirl | spa | ltda | limitada | eireli | epp | mei | sgps | unipessoal lda | lda | sociedade
anonima | srl | srls | sapa | societa per azioni | societa cooperativa | scarl | scrl | bv | nv | vof | cv | bvba |
sprl | asbl | vzw | cvba | besloten vennootschap | naamloze vennootschap | ab | publ | hb | kb | as | asa | ans |
aps | ivs | ks | oy | oyj | ky | hf | ehf | ohf | sp z oo | sp zoo | spolka z oo | spzoo | spolka akcyjna | sp k |
sp j | spk | spj | zoo | sro | spol s ro | spol sro | vos | doo | dd | jdoo | dno | kft | zrt | nyrt | bt | kkt | rt
| ood | eood | ead | srl d | pfa | uab | sia | ou | mb | ike | ae | epe | oe | sti | ltd sti | limited sirketi |
anonim sirketi | as ve tic | san ve tic | san tic | tic | kk | gk | kabushiki kaisha | godo kaisha | co ltd |
company limited | ооо | оао | зао | пао | ао | ип | тов | ооо нпф | ао нпо | еоод | оод | αε | επε | ικε | בעמ
"""
AT_THE_END: Final[frozenset[tuple[str, ...]]] = frozenset(
    tuple(form.split()) for form in " ".join(_AT_THE_END.split()).split("|") if form.strip()
)
LONGEST_FORM: Final = max(map(len, AT_THE_END))
AT_THE_START: Final = frozenset(
    (
        "pt",
        "ooo",
        "zao",
        "oao",
        "pao",
        "tov",
        "uab",
        "sia",
        "ооо",
        "оао",
        "зао",
        "пао",
        "ао",
        "ип",
        "тов",
        "тоо",
        "firma",
    )
)
GLUED: Final = (  # written without a space, before or after
    *("株式会社", "有限会社", "合同会社", "合資会社", "一般社団法人", "(株)", "㈱", "(有)", "㈲"),
    *("股份有限公司", "有限责任公司", "有限公司", "股份公司", "集团公司"),
    *("주식회사", "(주)", "㈜", "유한회사"),
)
