"""What a new adapter starts from: a marketplace that does not exist, with every method of the contract in its simplest
honest form. No entry point names it, so the registry never finds it. See docs/how-to/add-a-marketplace.md. A copy says
here instead what was proven of it, and against what."""

from entrepot.marketplaces.adapter import Marketplace
from entrepot.marketplaces.template.connector import TemplateConnector
from entrepot.marketplaces.template.policy import POLICY

MARKETPLACE = Marketplace("template", "Template", POLICY, TemplateConnector)
