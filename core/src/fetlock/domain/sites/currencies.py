"""The currencies that amounts can be kept in: those of ISO 4217 with two decimals.

Amounts are whole numbers of hundredths, so a currency with none or three decimals would be wrong by design.
"""

from typing import Final

_TWO: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "
    "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN "
    "MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE "
    "SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR "
    "ZMW ZWG"
)
_NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
_FOUR: Final = "CLF UYW"

USABLE: Final = tuple(_TWO.split())
"""The codes that a site may have."""


def refusal(code: str) -> str:
    """Why amounts cannot be kept in this currency, in words; empty where they can."""
    if code in USABLE:
        return ""
    for codes, decimals in ((_NONE, "no decimals"), (_THREE, "three decimals"), (_FOUR, "four decimals")):
        if code in codes.split():
            return f"{code} has {decimals}. Amounts are kept with two, so choose another currency."
    return f"“{code}” is no currency of ISO 4217. Enter its three letters, such as USD, EUR or GBP."
