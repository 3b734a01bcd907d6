using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Manuals;

namespace UnifiedVlm.Tests.Unit.Training.Data.Manuals;

public sealed class FactFinderTests
{
    [Theory]
    [InlineData("gimp", "Pencil", "The Pencil tool is used to draw free hand lines.", "Purpose|Pencil tool||The Pencil tool is used to draw free hand lines.")]
    [InlineData("gimp", "Pencil", "The Pencil tool is used to draw free hand lines.", "HowTo|draw free hand lines||The Pencil tool is used to draw free hand lines.")]
    [InlineData("gimp", "New Guide", "The New Guide command adds a guide to the image.", "HowTo|add a guide to the image||The New Guide command adds a guide to the image.")]
    [InlineData("gimp", "Offset", "3.1. Activate the Command\n\nYou can access this command through Layer → Transform → Offset.", "Place|Offset command||You can access this command through Layer → Transform → Offset.")]
    [InlineData("gimp", "Pencil", "3.6.1.\u00A0Activating the Tool\n\n- through Tools → Paint Tools → Pencil,\n- or by using the keyboard shortcut N.", "Shortcut|Pencil tool||by using the keyboard shortcut N.")]
    [InlineData("gimp", "Smudge", "The Smudge tool smears.\n\nRate\nThis option sets the length of the stroke. More follows.", "Option|Rate|Smudge tool|This option sets the length of the stroke.")]
    [InlineData("gimp", "Pencil", "The Pencil tool draws.\n\nCtrl\nThis key changes the pencil to a Color Picker.", "Modifier|Ctrl|Pencil tool|This key changes the pencil to a Color Picker.")]
    [InlineData("gimp", "Layers", "To delete a layer group, click on the red cross button.", "HowTo|delete a layer group||To delete a layer group, click on the red cross button.")]
    [InlineData("gimp", "Layers", "If you want to hide your layer, use the eye icon.", "HowTo|hide my layer||If you want to hide your layer, use the eye icon.")]
    [InlineData("gimp", "Glossary", "GIF\nGIF stands for Graphics Interchange Format.", "Definition|GIF||GIF stands for Graphics Interchange Format.")]
    [InlineData("handbook", "Network", "A gateway is a system linking several networks. It has two cards.", "Definition|a gateway||A gateway is a system linking several networks.")]
    [InlineData("sklearn", "Lasso", "class a.Lasso(alpha=1.0)\nLinear model with a penalty.\n\nalpha : float\nWeight of the penalty term.", "Function|Lasso||Linear model with a penalty.")]
    [InlineData("sklearn", "Lasso", "class a.Lasso(alpha=1.0)\nLinear model with a penalty.\n\nalpha : float\nWeight of the penalty term.", "Parameter|alpha|Lasso|Weight of the penalty term.")]
    [InlineData("sklearn", "Lasso", "class a.Lasso(alpha=1.0)\nLinear model.\n\nfit(X, y)\nFit the model to data.", "Function|fit|Lasso|Fit the model to data.")]
    public void A_fact_is_found(string source, string title, string text, string expected) =>
        Assert.Contains(expected, Found(source, title, text));

    [Theory]
    [InlineData("gimp", "Layers", "To do this, click on the button.")]
    [InlineData("gimp", "Layers", "This is a way to change it.")]
    [InlineData("gimp", "Layers", "The result is a picture with a border.")]
    [InlineData("gimp", "Pencil", "The Pencil tool draws.\n\nNote\nThese options are described below.")]
    [InlineData("gimp", "Pencil", "The Pencil tool draws.\n\nMode; Opacity; Brush\nSee the Common Paint Tool Options for a description.")]
    [InlineData("gimp", "Enrich my program", "Language\nThe language is that of your system.")]
    [InlineData("sklearn", "Lasso", "x : float\nNot in any signature of the page.")]
    [InlineData("handbook", "Network", "An exception is the gateway of the house.")]
    [InlineData("handbook", "Network", "To see the list, run:")]
    public void What_does_not_stand_for_itself_is_passed_over(string source, string title, string text) =>
        Assert.Empty(Found(source, title, text));

    [Fact]
    public void The_same_question_is_asked_once_a_page() =>
        Assert.Single(Found("handbook", "Network", "A gateway is a system linking networks.\n\nA gateway is a machine between two networks."));

    private static IEnumerable<string> Found(string source, string title, string text)
    {
        var page = new ManualPage { Id = "p", Title = title, Source = source, Licence = "", Split = DataSplit.Train, Parts = [new ManualPart { Text = text }] };
        return FactFinder.Find(0, page).Select(static fact => $"{fact.Kind}|{fact.Subject}|{fact.Of}|{fact.Answer}");
    }
}
